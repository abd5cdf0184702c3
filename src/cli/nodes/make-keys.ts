import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { parseDocument } from 'yaml';
import { Failure } from '../../kernel/failure.ts';
import { Secret } from '../../kernel/secret.ts';
import { type Endpoint, formatEndpoint } from '../../model/endpoint.ts';
import { showDay } from '../../pki/facts.ts';
import { type Issuer, issueAuthority, issueLeaf, type KeyPair, type LeafOrder } from '../../pki/issue.ts';
import {
  authorityKeyFile,
  authorityName,
  nodeListFile,
  operatorName,
  pairFiles,
  sealKeyFile,
} from '../../pki/pair-files.ts';
import { readPairAuthority } from '../../pki/pair-keys.ts';
import { readCertificate } from '../../pki/read-certificate.ts';
import { newSealKey } from '../../store/shared/seal.ts';
import { NewFiles, readIfThere, replacePublicFile } from './key-files.ts';
import { nodesIn } from './keys-directory.ts';

export interface KeyOrder {
  readonly directory: string;
  readonly nodes: ReadonlyMap<string, Endpoint>;
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What there is afterwards. */
export interface MadeKeys {
  /** Whether the authority is new. */
  readonly newAuthority: boolean;
  /** Whether the key that seals a shared store is new. */
  readonly newSeal: boolean;
  /** When the new certificates end, in milliseconds since 1970. */
  readonly notAfter: number;
  /** Who got a key. */
  readonly made: readonly string[];
  /** Who had one already. */
  readonly kept: readonly string[];
}

const day = 86_400_000;
/** Clocks differ a little: what is made now must be valid on all machines now. */
const backdated = day;

/**
 * Makes the keys of nodes and of the operator, and an authority when there is none. Nothing is overwritten; when
 * something fails, nothing was made.
 * @throws Failure `keys-exist`, `keys-incomplete`, and what is wrong with the authority that is there
 */
export async function makePairKeys(order: KeyOrder): Promise<MadeKeys> {
  const { directory, nodes, now } = order;
  const listed = await readIfThere(nodeListFile(directory));
  const known = listed === undefined ? new Map<string, Endpoint>() : nodesIn(listed);
  const missing: string[] = [];
  for (const name of [operatorName, ...nodes.keys()]) {
    if (!(await hasKeys(directory, name))) missing.push(name);
    else refuseOtherAddress(directory, name, nodes.get(name), known.get(name));
  }
  const notAfter = now + order.days * day;
  const files = new NewFiles();
  try {
    const found = await findAuthority(directory, now);
    const authority = found ?? (await makeAuthority(directory, now - backdated, notAfter, files));
    const end = Math.min(notAfter, authority.notAfter);
    for (const name of missing) {
      const keys = await newKeyPair();
      const certificate = issueLeaf(
        { ...leafOf(name, nodes.get(name)), ...once(now - backdated, end), publicKey: keys.publicKey },
        authority,
      );
      const paths = pairFiles(directory, name);
      await files.write(paths.key, keys.privateKey.reveal(), 0o600);
      await files.write(paths.certificate, certificate, 0o644);
    }
    const seal = sealKeyFile(directory);
    const newSeal = (await readIfThere(seal)) === undefined;
    if (newSeal) await files.write(seal, newSealKey().reveal(), 0o600);
    await replacePublicFile(nodeListFile(directory), listOf(listed?.bytes, nodes));
    const kept = [operatorName, ...nodes.keys()].filter((name) => !missing.includes(name));
    return { newAuthority: found === undefined, newSeal, notAfter: end, made: missing, kept };
  } catch (error) {
    await files.remove();
    throw error;
  }
}

function leafOf(name: string, endpoint: Endpoint | undefined): Pick<LeafOrder, 'name' | 'covers' | 'uses'> {
  // The operator answers nobody, so its key must not pass for a node.
  if (endpoint === undefined) return { name, covers: [name], uses: ['client'] };
  return { name, covers: [...new Set([name, endpoint.host])], uses: ['server', 'client'] };
}

/** A key and its certificate, or neither. */
async function hasKeys(directory: string, name: string): Promise<boolean> {
  const paths = pairFiles(directory, name);
  const [key, certificate] = [await readIfThere(paths.key), await readIfThere(paths.certificate)];
  if (key === undefined && certificate === undefined) return false;
  if (key !== undefined && certificate !== undefined) return true;
  const [there, gone] = key === undefined ? [paths.certificate, paths.key] : [paths.key, paths.certificate];
  throw new Failure(
    'keys-incomplete',
    `${there} is there, and ${gone} is not`,
    `bring ${gone} back, or remove ${there}: then both are made anew`,
  );
}

function refuseOtherAddress(
  directory: string,
  name: string,
  wanted: Endpoint | undefined,
  known: Endpoint | undefined,
): void {
  if (wanted === undefined || (known !== undefined && formatEndpoint(known) === formatEndpoint(wanted)))
    return;
  const { certificate, key } = pairFiles(directory, name);
  const where = known === undefined ? '' : ` for ${formatEndpoint(known)}`;
  throw new Failure(
    'keys-exist',
    `${name} already has a key in ${directory}${where}`,
    `to make another one, remove ${certificate} and ${key} first`,
  );
}

type Authority = Issuer & { readonly notAfter: number };

/** The authority that is there. */
async function findAuthority(directory: string, now: number): Promise<Authority | undefined> {
  const path = pairFiles(directory, authorityName).certificate;
  const [certificate, key] = [await readIfThere(path), await readIfThere(authorityKeyFile(directory))];
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const gone = certificate === undefined ? path : authorityKeyFile(directory);
    throw new Failure(
      'keys-incomplete',
      `${gone} is not there, and no more keys can be made without it`,
      'bring it back from where it is kept, or make a new pair of keys for all nodes in another directory',
    );
  }
  const authority = readPairAuthority(certificate);
  if (!authority.ok) throw new Failure(authority.error.code, authority.error.what, authority.error.mend);
  const read = readCertificate({ kind: 'pem', files: [certificate, key] }, undefined, { path: [] });
  if (!read.ok) {
    const [{ code, what, mend } = unreadable] = read.error;
    throw new Failure(code, what, mend);
  }
  const { notAfter } = authority.value.facts;
  if (notAfter < now) {
    const mend = 'make a new pair of keys for all nodes in another directory';
    throw new Failure('certificate-expired', `${path} was valid until ${showDay(notAfter)}`, mend);
  }
  const pem = authority.value.x509.toString();
  return { certificate: pem, privateKey: read.value.material.key, notAfter };
}

const unreadable = {
  code: 'certificate-unreadable',
  what: 'the authority cannot be read',
  mend: 'bring it back from where it is kept',
} as const;

async function makeAuthority(
  directory: string,
  notBefore: number,
  notAfter: number,
  files: NewFiles,
): Promise<Authority> {
  const keys = await newKeyPair();
  // People tell two pairs apart by it.
  const name = `Aorta pair ${randomBytes(4).toString('hex')}`;
  const certificate = issueAuthority({ name, ...once(notBefore, notAfter) }, keys);
  await files.write(authorityKeyFile(directory), keys.privateKey.reveal(), 0o600);
  await files.write(pairFiles(directory, authorityName).certificate, certificate, 0o644);
  return { certificate, privateKey: keys.privateKey, notAfter };
}

function once(notBefore: number, notAfter: number) {
  const serial = randomBytes(16);
  // Positive, and without a leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return { serialNumber: serial.toString('hex'), notBefore, notAfter };
}

async function newKeyPair(): Promise<KeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey, privateKey: new Secret(privateKey) };
}

/** What the operator wrote beside the names stays. */
function listOf(before: Uint8Array | undefined, nodes: ReadonlyMap<string, Endpoint>): string {
  const document = parseDocument(before === undefined ? '' : Buffer.from(before).toString('utf8'));
  for (const [name, endpoint] of nodes) document.set(name, formatEndpoint(endpoint));
  return String(document);
}
