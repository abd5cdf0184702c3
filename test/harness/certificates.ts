import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Secret } from '../../src/kernel/secret.ts';
import type {
  AuthorityMaterial,
  CertificateFacts,
  CertificateMaterial,
} from '../../src/model/certificate-material.ts';
import { withDirectory } from './haproxy.ts';

const run = promisify(execFile);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** A certificate authority that exists for one test run. */
export interface TestAuthority {
  readonly material: AuthorityMaterial;
  /**
   * Issues a certificate for the names. `valid: 'expired'` gives one whose time is over.
   * @param key arguments of `openssl req`; without them an ECDSA P-256 key
   */
  issue(
    names: readonly string[],
    valid?: 'now' | 'expired',
    key?: readonly string[],
  ): Promise<TestCertificate>;
}

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly material: CertificateMaterial;
}

/** Makes an authority with the openssl command. Keys are made anew every time and never leave the test. */
export async function makeAuthority(): Promise<TestAuthority> {
  const { certificate: caCertificate, key: caKey } = await withDirectory(async (directory) => {
    const file = (name: string) => join(directory, name);
    const options = ['-x509', '-nodes', '-days', '30', '-subj', '/CN=Synthetic Authority'];
    const uses = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
    const files = ['-keyout', file('key'), '-out', file('crt')];
    await run('openssl', ['req', ...newKey, ...options, ...uses, ...files]);
    return readPair(directory);
  });
  return {
    material: { certificates: [caCertificate], facts: [] },
    issue: (names, valid = 'now', key = newKey) =>
      withDirectory(async (directory) => {
        const file = (name: string) => join(directory, name);
        const [first = 'nobody.example'] = names;
        await writeFile(file('ca.crt'), caCertificate);
        await writeFile(file('ca.key'), caKey, { mode: 0o600 });
        await writeFile(
          file('ext'),
          `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\nextendedKeyUsage=serverAuth\n`,
        );
        const request = ['-nodes', '-subj', `/CN=${first}`, '-keyout', file('key'), '-out', file('csr')];
        await run('openssl', ['req', ...key, ...request]);
        // The x509 command cannot set dates of its own before OpenSSL 3.4; the ca command can.
        await writeFile(file('index'), '');
        await writeFile(
          file('conf'),
          `[ca]\ndefault_ca=c\n[c]\ndatabase=${file('index')}\nnew_certs_dir=${directory}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n`,
        );
        const dates =
          valid === 'now'
            ? ['-days', '10']
            : ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];
        const issuer = ['-config', file('conf'), '-cert', file('ca.crt'), '-keyfile', file('ca.key')];
        const files = ['-extfile', file('ext'), '-in', file('csr'), '-out', file('crt')];
        await run('openssl', ['ca', '-batch', '-notext', ...issuer, ...files, ...dates]);
        const pair = await readPair(directory);
        return {
          ...pair,
          material: {
            chain: [pair.certificate],
            key: new Secret(pair.key),
            facts: facts(names),
            issuers: [],
          },
        };
      }),
  };
}

async function readPair(directory: string): Promise<{ certificate: string; key: string }> {
  return {
    certificate: await readFile(join(directory, 'crt'), 'utf8'),
    key: await readFile(join(directory, 'key'), 'utf8'),
  };
}

/** Facts that no stage after the declaration looks at. */
export function facts(names: readonly string[]): CertificateFacts {
  return {
    subject: `CN=${names[0] ?? ''}`,
    issuer: 'CN=Synthetic Authority',
    serialNumber: '01',
    dnsNames: names,
    addresses: [],
    notBefore: 0,
    notAfter: 0,
    key: { kind: 'ec', curve: 'P-256' },
    signatureAlgorithm: 'ecdsa-with-SHA256',
    selfSigned: false,
    certificateAuthority: false,
    forServers: true,
    fingerprint: '00',
  };
}
