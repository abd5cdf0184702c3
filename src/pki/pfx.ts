import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Secret } from '../kernel/secret.ts';
import { stretchesTooMuch } from './key-stretching.ts';
import { type NamedFile, type Problem, shellWord } from './named-file.ts';
import { passwordMissing, passwordWrong } from './private-key.ts';

export interface PfxContent {
  /** Certificates in DER form, in the order of the file. */
  readonly certificates: readonly Buffer[];
  readonly keys: readonly KeyObject[];
}

/**
 * Opens a PKCS#12 file, with current (AES) or legacy (RC2, 3DES) encryption, RSA or EC. OpenSSL 3 no longer opens the
 * legacy ones, which is what Windows writes by default; node-forge does.
 * Fails with `certificate-password-missing`, `certificate-password-wrong` or `certificate-unreadable`.
 */
export function readPfx(file: NamedFile, password: Secret | undefined): Result<PfxContent, Problem> {
  if (stretchesTooMuch(file.bytes)) return err(unreadable(file));
  // A file without a password is made in two ways: with an empty one, and with none at all.
  const attempts = password === undefined ? ['', undefined] : [password.reveal(), '', undefined];
  for (const attempt of attempts) {
    const opened = open(file.bytes, attempt);
    if (opened.ok) return opened;
    if (opened.error === 'unreadable') return err(unreadable(file));
  }
  return err(password === undefined ? passwordMissing(file.name) : passwordWrong(file.name));
}

function open(
  bytes: Uint8Array,
  password: string | undefined,
): Result<PfxContent, 'password' | 'unreadable'> {
  try {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const file = forge.asn1.fromDer(content, false);
    try {
      return ok(decode(file, password));
    } catch (error) {
      // The integrity code and the old ciphers take the password as UTF-16, the AES ones as UTF-8. Forge hands both
      // the same text, so letters beyond ASCII need a second pass, without the integrity code, which was found right.
      if (isWrongPassword(error) || password === undefined || !/[^\0-\x7f]/.test(password)) throw error;
      return ok(decode(withoutIntegrityCode(file), Buffer.from(password).toString('latin1')));
    }
  } catch (error) {
    return err(isWrongPassword(error) || isFailedDecryption(error) ? 'password' : 'unreadable');
  }
}

function decode(file: forge.asn1.Asn1, password: string | undefined): PfxContent {
  // The types do not know that no password is not the same as an empty one.
  const pfx = forge.pkcs12.pkcs12FromAsn1(file, false, password as string);
  const bags = pfx.safeContents.flatMap((content) => content.safeBags);
  return {
    certificates: bags.filter((bag) => bag.type === forge.pki.oids['certBag']).map(certificateOf),
    keys: bags.filter((bag) => bag.key !== undefined).map(keyOf),
  };
}

/** The structure is version, content and, where there is one, the integrity code. */
function withoutIntegrityCode(file: forge.asn1.Asn1): forge.asn1.Asn1 {
  return Array.isArray(file.value) ? { ...file, value: file.value.slice(0, 2) } : file;
}

/** The integrity code is checked before anything is decrypted, so a wrong password fails there. */
function isWrongPassword(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('PKCS#12 MAC could not be verified');
}

/** How a wrong password shows in the rare file without an integrity code. */
function isFailedDecryption(error: unknown): boolean {
  return error instanceof Error && /^(?:Failed|Unable) to decrypt/.test(error.message);
}

function certificateOf(bag: forge.pkcs12.Bag): Buffer {
  if (bag.cert !== undefined && bag.cert !== null) return toDer(forge.pki.certificateToAsn1(bag.cert));
  return toDer(bag.asn1);
}

/** Forge understands RSA keys only; it hands any other key over as the PKCS#8 structure that it found. */
function keyOf(bag: forge.pkcs12.Bag): KeyObject {
  const rsa = bag.key ?? undefined;
  const pkcs8 = rsa === undefined ? bag.asn1 : forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(rsa));
  return createPrivateKey({ key: toDer(pkcs8), format: 'der', type: 'pkcs8' });
}

function toDer(tree: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(tree).getBytes(), 'binary');
}

function unreadable(file: NamedFile): Problem {
  return {
    code: 'certificate-unreadable',
    severity: 'error',
    what: `${file.name} is not a PKCS#12 (PFX) file, or is damaged`,
    mend: `export it again with its private key; \`openssl pkcs12 -legacy -noout -in ${shellWord(file.name)}\` must accept it`,
  };
}
