import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { authority, OpensslFixture, server } from '../../../src/pki/openssl-fixture.ts';

/** Ways in that a balancer may have. Behind `bridging` stand servers with TLS, behind the others plain ones. */
export const ports = { offload: 8443, rsa: 8444, bridging: 8445 } as const;
export type Door = keyof typeof ports;

export const hostname = 'bench.stelsewhere.example';
export const serverAddresses = ['127.0.1.1', '127.0.1.2', '127.0.1.3', '127.0.1.4'] as const;

/** Certificates, each with its key in one file: the root is the only issuer, so no chain makes a handshake longer. */
export interface Certificates {
  readonly ecdsa: string;
  readonly rsa: string;
  readonly ca: string;
}

/** What a balancer is started with. */
export interface Place {
  /** Its own. */
  readonly directory: string;
  readonly address: string;
  readonly certificates: Certificates;
  /** Programs of `native/`, compiled. */
  readonly native: (program: 'relay' | 'handshakes' | 'cpu-clock') => string;
}

export async function makeCertificates(directory: string): Promise<Certificates> {
  const pki = new OpensslFixture();
  try {
    await mkdir(directory, { recursive: true });
    const root = pki.issue({ subject: '/CN=Synthetic Root', extensions: authority });
    const keyKinds = { ecdsa: [], rsa: [['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']] };
    const issue = async (kind: keyof typeof keyKinds): Promise<string> => {
      const [keyKind] = keyKinds[kind];
      const order = { subject: `/CN=${hostname}`, issuer: root, extensions: server(hostname) };
      const leaf = pki.issue(keyKind === undefined ? order : { ...order, keyKind });
      const file = join(directory, `${kind}.pem`);
      await writeFile(file, leaf.certificate + leaf.key, { mode: 0o600 });
      return file;
    };
    const ca = join(directory, 'ca.pem');
    await copyFile(root.certificateFile, ca);
    return { ecdsa: await issue('ecdsa'), rsa: await issue('rsa'), ca };
  } finally {
    pki.close();
  }
}
