import { createPrivateKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Secret } from '../kernel/secret.ts';
import { stretchesTooMuch } from './key-stretching.ts';
import { type NamedFile, type Problem, shellWord } from './named-file.ts';
import { formatPem, type PemBlock } from './pem.ts';

export function isPrivateKeyBlock(block: PemBlock): boolean {
  return block.label.endsWith('PRIVATE KEY');
}

/**
 * Reads a private key in PKCS#8, PKCS#1 or SEC1 form, plain or encrypted. A password that is not needed is ignored.
 * Fails with `certificate-password-missing`, `certificate-password-wrong` or `certificate-unreadable`.
 */
export function readPrivateKey(
  block: PemBlock,
  file: NamedFile,
  password: Secret | undefined,
): Result<KeyObject, Problem> {
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY' || block.cipher !== undefined;
  if (!encrypted) {
    const key = tryToRead(block, undefined);
    return key.ok ? key : err(damaged(file));
  }
  if (password === undefined) return err(passwordMissing(`the private key in ${file.name}`));
  if (stretchesTooMuch(block.der)) return err(oldOrOddEncryption(file));
  const key = tryToRead(block, password);
  if (key.ok) return key;
  // The cipher itself is unknown here. Every other failure is what a wrong password looks like: a wrong password
  // decrypts to noise, and noise sometimes ends in what looks like correct padding.
  if (key.error === 'ERR_OSSL_EVP_UNSUPPORTED') return err(oldOrOddEncryption(file));
  return err(passwordWrong(`the private key in ${file.name}`));
}

export function passwordMissing(what: string): Problem {
  return {
    code: 'certificate-password-missing',
    severity: 'error',
    what: `${what} is encrypted and no password is given`,
    mend: 'name the file that holds the password with `passwordFile`',
  };
}

export function passwordWrong(what: string): Problem {
  return {
    code: 'certificate-password-wrong',
    severity: 'error',
    what: `the password does not open ${what}`,
    mend: 'put the right password in the first line of `passwordFile`, without blanks around it; if it is right, the file is damaged',
  };
}

function damaged(file: NamedFile): Problem {
  return {
    code: 'certificate-unreadable',
    severity: 'error',
    what: `the private key in ${file.name} is damaged or of an unknown form`,
    mend: `copy the file again from where it was made; \`openssl pkey -in ${shellWord(file.name)} -noout\` must accept it`,
  };
}

function oldOrOddEncryption(file: NamedFile): Problem {
  return {
    code: 'certificate-unreadable',
    severity: 'error',
    what: `the private key in ${file.name} is encrypted in a way that is not supported`,
    why: 'old ciphers such as single DES and RC2 are switched off, and extreme password stretching is refused',
    mend: `encrypt it anew: \`openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default -in ${shellWord(file.name)} -out new.pem\``,
  };
}

/** The message of the library is dropped on purpose, only its code is kept: a message may quote what it read. */
function tryToRead(block: PemBlock, password: Secret | undefined): Result<KeyObject, string | undefined> {
  const key = formatPem(block);
  try {
    return ok(createPrivateKey(password === undefined ? key : { key, passphrase: password.reveal() }));
  } catch (error) {
    return err(error instanceof Error && 'code' in error ? String(error.code) : undefined);
  }
}
