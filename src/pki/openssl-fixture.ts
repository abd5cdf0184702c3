import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedFile } from './named-file.ts';

/** A certificate made for a test, with its key, as text and as files. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface Order {
  readonly subject: string;
  /** Arguments of `openssl genpkey`; without it an ECDSA P-256 key. */
  readonly keyKind?: readonly string[];
  /** The key of another certificate, used again. */
  readonly sameKeyAs?: Issued;
  /** Without it the certificate is self-signed. */
  readonly issuer?: Issued;
  /** Lines of an OpenSSL extension section. */
  readonly extensions?: readonly string[];
  readonly days?: number;
  /** Such as `-sha1`; for Ed25519 none is used. */
  readonly digest?: string;
}

export const authority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];

export function server(...hostnames: string[]): string[] {
  return [
    'basicConstraints=CA:FALSE',
    'extendedKeyUsage=serverAuth',
    `subjectAltName=${hostnames.map((name) => `DNS:${name}`).join(',')}`,
  ];
}

/** Makes certificates with the `openssl` command in a directory of its own, so that no key is ever committed. */
export class OpensslFixture {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'aorta-pki-'));
  #count = 0;

  constructor() {
    writeFileSync(this.file('empty.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n');
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string): void {
    writeFileSync(this.file(name), content);
  }

  run(...args: readonly string[]): Buffer {
    return execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  issue(order: Order): Issued {
    this.#count += 1;
    const base = this.file(String(this.#count));
    const keyFile = order.sameKeyAs?.keyFile ?? `${base}.key`;
    const p256 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    if (order.sameKeyAs === undefined) this.run('genpkey', ...(order.keyKind ?? p256), '-out', keyFile);
    writeFileSync(`${base}.ext`, (order.extensions ?? []).join('\n'));
    const request = ['-config', this.file('empty.cnf'), '-subj', order.subject];
    this.run('req', '-new', '-utf8', '-key', keyFile, ...request, '-out', `${base}.csr`);
    const signer =
      order.issuer === undefined
        ? ['-signkey', keyFile]
        : ['-CA', order.issuer.certificateFile, '-CAkey', order.issuer.keyFile, '-CAcreateserial'];
    const validity = ['-days', String(order.days ?? 365), '-extfile', `${base}.ext`];
    const digest = order.digest === undefined ? [] : [order.digest];
    this.run('x509', '-req', '-in', `${base}.csr`, ...signer, ...validity, ...digest, '-out', `${base}.crt`);
    return {
      certificate: readFileSync(`${base}.crt`, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
      certificateFile: `${base}.crt`,
      keyFile,
    };
  }

  /** A PFX file. Options are those of `openssl pkcs12 -export`. */
  pfx(leaf: Issued, chain: readonly Issued[], password: string, ...options: readonly string[]): Buffer {
    const bundle = this.file('chain-for-pfx.pem');
    writeFileSync(bundle, chain.map((one) => one.certificate).join(''));
    const extra = chain.length === 0 ? [] : ['-certfile', bundle];
    const input = ['-in', leaf.certificateFile, '-inkey', leaf.keyFile, ...extra];
    return this.run('pkcs12', '-export', ...input, '-passout', `pass:${password}`, ...options);
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function named(name: string, content: string | Uint8Array): NamedFile {
  return { name, bytes: typeof content === 'string' ? Buffer.from(content) : content };
}
