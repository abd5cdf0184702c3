// @peculiar/x509 uses decorator metadata and throws unless this import comes first.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60 * 1000;

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  /** Certificates a server sends after its own, nearest first; the root is never sent. */
  readonly chain: readonly x509.X509Certificate[];
}

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate with its chain, and its private key, as two PEM files. */
export interface CertificateFiles {
  /** Leaf first, then the issuing certificate. */
  readonly certificate: string;
  /** PKCS #8, mode 0600. */
  readonly key: string;
}

/** What an API server can present: the right certificate, and one for each way bridging can go wrong. */
export type CertificateVariant = 'valid' | 'wrong-name' | 'expired' | 'untrusted';

export interface EstateCertificates {
  /** The lab root, PEM: what a client or a balancer has to trust. */
  readonly ca: string;
  /** For the balancer's listeners, one per virtual service; `pem` is chain and key in one file. */
  readonly clientFacing: Record<'apis' | 'apps', CertificateFiles & { readonly pem: string }>;
  readonly servers: Record<string, Record<CertificateVariant, CertificateFiles>>;
}

let serial = Date.now();
function nextSerial(): string {
  serial += 1;
  const hex = serial.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity(fromDays: number, toDays: number): Validity {
  const now = Date.now();
  return { notBefore: new Date(now + fromDays * DAY), notAfter: new Date(now + toDays * DAY) };
}

async function makeAuthority(commonName: string): Promise<Issuer> {
  const rootKeys = await generateKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: nextSerial(),
    name: `CN=${commonName} Root, O=Aorta lab`,
    ...validity(-30, 365),
    signingAlgorithm: ALGORITHM,
    keys: rootKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: nextSerial(),
    subject: `CN=${commonName} Issuing, O=Aorta lab`,
    issuer: root.subject,
    ...validity(-30, 364),
    signingAlgorithm: ALGORITHM,
    signingKey: rootKeys.privateKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  return { certificate, keys, chain: [certificate, root] };
}

async function issue(
  issuer: Issuer,
  names: readonly string[],
  period: Validity,
): Promise<{ certificate: string; key: string }> {
  const keys = await generateKeys();
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: nextSerial(),
    subject: `CN=${names[0] ?? 'nameless'}, O=Aorta lab`,
    issuer: issuer.certificate.subject,
    ...period,
    signingAlgorithm: ALGORITHM,
    signingKey: issuer.keys.privateKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
  const privateKey = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: `${leaf.toString('pem')}\n${issuer.certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(privateKey, 'PRIVATE KEY')}\n`,
  };
}

async function store(
  directory: string,
  stem: string,
  pair: { certificate: string; key: string },
): Promise<CertificateFiles> {
  const files = { certificate: join(directory, `${stem}.crt.pem`), key: join(directory, `${stem}.key.pem`) };
  await writeFile(files.certificate, pair.certificate);
  await writeFile(files.key, pair.key, { mode: 0o600 });
  return files;
}

/**
 * Makes the certificates of one estate under `directory`: a root with an issuing certificate below it (ECDSA
 * P-256 throughout), one client-facing certificate per service, and four variants for each API server.
 * A server's names are the two public host names and its own machine name.
 */
export async function makeCertificates(
  directory: string,
  hostnames: { readonly apis: string; readonly apps: string },
  apiServers: readonly string[],
): Promise<EstateCertificates> {
  await mkdir(directory, { recursive: true });
  const [trusted, stranger] = await Promise.all([
    makeAuthority('St. Elsewhere Lab'),
    makeAuthority('Unknown Lab'),
  ]);
  const ca = join(directory, 'ca.pem');
  const root = trusted.chain[trusted.chain.length - 1];
  if (root === undefined) throw new Error('an authority always has a root');
  await writeFile(ca, `${root.toString('pem')}\n`);

  const clientFacing = async (service: 'apis' | 'apps'): Promise<CertificateFiles & { pem: string }> => {
    const pair = await issue(trusted, [hostnames[service]], validity(-1, 90));
    const files = await store(directory, service, pair);
    const pem = join(directory, `${service}.pem`);
    await writeFile(pem, pair.certificate + pair.key, { mode: 0o600 });
    return { ...files, pem };
  };
  const forServer = async (machine: string): Promise<Record<CertificateVariant, CertificateFiles>> => {
    const names = [
      hostnames.apis,
      hostnames.apps,
      `${machine}.${hostnames.apis.split('.').slice(1).join('.')}`,
    ];
    const variant = async (
      stem: CertificateVariant,
      issuer: Issuer,
      sans: readonly string[],
      period: Validity,
    ) => store(directory, `${machine}.${stem}`, await issue(issuer, sans, period));
    const [valid, wrongName, expired, untrusted] = await Promise.all([
      variant('valid', trusted, names, validity(-1, 90)),
      variant('wrong-name', trusted, ['some-other-server.stelsewhere.example'], validity(-1, 90)),
      variant('expired', trusted, names, validity(-20, -2)),
      variant('untrusted', stranger, names, validity(-1, 90)),
    ]);
    return { valid, 'wrong-name': wrongName, expired, untrusted };
  };
  const [apis, apps, servers] = await Promise.all([
    clientFacing('apis'),
    clientFacing('apps'),
    Promise.all(apiServers.map(async (machine) => [machine, await forServer(machine)] as const)),
  ]);
  return { ca, clientFacing: { apis, apps }, servers: Object.fromEntries(servers) };
}
