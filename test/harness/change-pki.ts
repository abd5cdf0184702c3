import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { authority, type Issued, OpensslFixture, server } from '../../src/pki/openssl-fixture.ts';

/** Certificates for one test run: a root, and as many leaves of it as are asked for. */
export class ChangePki {
  readonly #openssl = new OpensslFixture();
  readonly #root = this.#openssl.issue({ subject: '/CN=Synthetic Root', extensions: authority });

  get ca(): string {
    return this.#root.certificate;
  }

  /** A certificate and key for the names. */
  issue(...hostnames: readonly string[]): Issued {
    const [first = 'nobody.example'] = hostnames;
    return this.#openssl.issue({
      subject: `/CN=${first}`,
      issuer: this.#root,
      extensions: server(...hostnames),
    });
  }

  /** A certificate of an intermediate authority, which is handed out without it. It says where to fetch it. */
  issueWithoutChain(...hostnames: readonly string[]): Issued {
    const [first = 'nobody.example'] = hostnames;
    const between = { subject: '/CN=Synthetic Between', issuer: this.#root, extensions: authority };
    return this.#openssl.issue({
      subject: `/CN=${first}`,
      issuer: this.#openssl.issue(between),
      extensions: [
        ...server(...hostnames),
        'authorityInfoAccess=caIssuers;URI:http://ca.stelsewhere.example/between.crt',
      ],
    });
  }

  /** Writes a certificate with its key, and gives back where. */
  async write(directory: string, name: string, { certificate, key }: Issued): Promise<string> {
    const file = join(directory, name);
    await writeFile(file, `${certificate}${key}`);
    await chmod(file, 0o600);
    return file;
  }

  close(): void {
    this.#openssl.close();
  }
}
