import { execFile } from 'node:child_process';
import { type ConnectionOptions, connect, getCiphers, type PeerCertificate, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ask, askHttp2 } from '../harness/ask.ts';
import type { Service } from './service.ts';

/** SP 800-52r2 with an ECDSA certificate. */
const approved = {
  'TLSv1.2': ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  'TLSv1.3': ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'],
};

/** The result of a handshake, or the code of the error. */
type Handshake =
  | { readonly kind: 'done'; readonly protocol: string; readonly cipher: string; readonly alpn: string }
  | { readonly kind: 'failed'; readonly code: string };

/** What clients see of TLS, at both services. */
export function describeTls(started: () => Service): void {
  describe.each(['apis', 'apps'] as const)('TLS of %s', (name) => {
    const at = () => {
      const { addresses, estate, ca } = started();
      const host = name === 'apis' ? addresses.apis : addresses.second;
      return { host, port: 443, ca, servername: estate.hostnames[name] } satisfies ConnectionOptions;
    };

    test('the certificate verifies under its name, with the whole chain but the root', async () => {
      const { subjects, authorized } = await chainOf(at());
      expect(authorized).toBe(true);
      expect(subjects[0]).toBe(started().estate.hostnames[name]);
      const { host, servername } = at();
      const sent = await openssl(['-connect', `${host}:443`, '-servername', servername, '-showcerts']);
      expect(sent.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    });

    test('curl trusts it under its name and under no other', async () => {
      const { estate, addresses, prefix } = started();
      const address = name === 'apis' ? addresses.apis : addresses.second;
      const curl = (host: string) =>
        promisify(execFile)('curl', [
          ...['--silent', '--show-error', '--fail', '--max-time', '20', '--cacert', estate.ca],
          ...['--resolve', `${host}:443:${address}`, `https://${host}/v1/uscore/R4/metadata`],
        ]);
      expect(JSON.parse((await curl(estate.hostnames[name])).stdout)).toMatchObject({
        resourceType: 'CapabilityStatement',
      });
      // 60: the certificate does not verify.
      await expect(curl(`other.${prefix}.example`)).rejects.toMatchObject({ code: 60 });
    });

    test('TLS 1.0 and 1.1 are refused by us, 1.2 and 1.3 are accepted', async () => {
      for (const version of ['TLSv1', 'TLSv1.1'] as const) {
        const refused = await shake({
          ...at(),
          minVersion: version,
          maxVersion: version,
          ciphers: 'ALL:@SECLEVEL=0',
        });
        // The alert is the other side's: our own library was ready to go on.
        expect(refused, version).toEqual({ kind: 'failed', code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
      }
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const accepted = await shake({ ...at(), minVersion: version, maxVersion: version });
        expect(accepted).toMatchObject({ kind: 'done', protocol: version });
      }
    });

    test('of all suites that can be offered, only those of SP 800-52r2 are taken', async () => {
      const offered = getCiphers().filter((cipher) => !cipher.startsWith('tls_'));
      expect(offered.length).toBeGreaterThan(30);
      const version12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
      const taken: string[] = [];
      for (const cipher of offered) {
        const result = await shake({ ...at(), ...version12, ciphers: `${cipher.toUpperCase()}:@SECLEVEL=0` });
        if (result.kind === 'done') taken.push(result.cipher);
      }
      expect(taken.sort()).toEqual(approved['TLSv1.2']);

      const version13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;
      const suites = [...approved['TLSv1.3'], 'TLS_CHACHA20_POLY1305_SHA256'];
      const results = await Promise.all(suites.map((ciphers) => shake({ ...at(), ...version13, ciphers })));
      expect(results.map((one) => (one.kind === 'done' ? one.cipher : one.kind))).toEqual([
        ...approved['TLSv1.3'],
        'failed',
      ]);
    });

    test('HTTP/2 and HTTP/1.1 are both spoken, and HTTP/2 is preferred', async () => {
      const chosen = async (...ALPNProtocols: string[]) => {
        const result = await shake({ ...at(), ALPNProtocols });
        return result.kind === 'done' ? result.alpn : result.code;
      };
      expect(await chosen('h2')).toBe('h2');
      expect(await chosen('http/1.1')).toBe('http/1.1');
      expect(await chosen('http/1.1', 'h2')).toBe('h2');

      const { host, ca, servername } = at();
      const tls = { ca, servername };
      const path = '/v1/uscore/R4/metadata';
      const over1 = await ask(host, 443, path, { tls, headers: { host: tls.servername } });
      const over2 = await askHttp2(host, 443, path, {
        tls,
        headers: { ':authority': tls.servername },
      });
      expect([over1.status, over2.status]).toEqual([200, 200]);
      expect(JSON.parse(over2.body)).toMatchObject({ resourceType: 'CapabilityStatement' });
    });
  });
}

/** One handshake; the connection is closed at once. */
function shake(options: ConnectionOptions): Promise<Handshake> {
  const { promise, resolve } = Promise.withResolvers<Handshake>();
  let socket: TLSSocket;
  try {
    socket = connect(options);
  } catch (error) {
    // A suite that our own library cannot offer.
    return Promise.resolve({ kind: 'failed', code: codeOf(error) });
  }
  socket.once('secureConnect', () => {
    const { alpnProtocol } = socket;
    const cipher = socket.getCipher();
    resolve({
      kind: 'done',
      protocol: socket.getProtocol() ?? '',
      cipher: cipher.version === 'TLSv1.3' ? cipher.standardName : cipher.name,
      alpn: alpnProtocol === false || alpnProtocol === null ? '' : alpnProtocol,
    });
    socket.destroy();
  });
  socket.once('error', (error) => resolve({ kind: 'failed', code: codeOf(error) }));
  return promise;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** The common names of the chain as Node built it. */
function chainOf(options: ConnectionOptions): Promise<{ subjects: string[]; authorized: boolean }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ subjects: string[]; authorized: boolean }>();
  const socket = connect(options, () => {
    const subjects: string[] = [];
    let one = socket.getPeerCertificate(true);
    // A root is its own issuer.
    for (let name = nameOf(one); !subjects.includes(name); name = nameOf(one)) {
      subjects.push(name);
      one = one.issuerCertificate;
    }
    resolve({ subjects, authorized: socket.authorized });
    socket.destroy();
  });
  socket.once('error', reject);
  return promise;
}

function nameOf({ subject }: PeerCertificate): string {
  return [subject.CN].flat().join(', ');
}

/** What `openssl s_client` prints about a connection. */
function openssl(words: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('openssl', ['s_client', ...words], { timeout: 20_000 }, (error, stdout) =>
    error === null ? resolve(stdout) : reject(error),
  );
  child.stdin?.end();
  return promise;
}
