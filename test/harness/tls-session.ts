import { connect, type SecureVersion } from 'node:tls';

/** A listener with TLS, and the authority that its certificate is by. */
export interface TlsPlace {
  readonly address: string;
  readonly port: number;
  readonly servername: string;
  readonly ca: string;
}

export interface TlsVisit {
  /** Whether the listener took the session that was brought. */
  readonly reused: boolean;
  /** The newest that it gave: with a ticket, as far as it has one. */
  readonly session: Buffer | undefined;
}

/** One request over one version of TLS. @param session of an earlier visit, to this listener or another one */
export function visit(
  { address, port, servername, ca }: TlsPlace,
  version: SecureVersion & ('TLSv1.2' | 'TLSv1.3'),
  session?: Buffer,
): Promise<TlsVisit> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host: address, port, servername, ca, minVersion: version, maxVersion: version },
      ...(session === undefined ? {} : { session }),
    });
    let newest: Buffer | undefined;
    let said = '';
    let reused = false;
    socket.on('session', (given) => {
      newest = given;
    });
    socket.once('error', reject);
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    // With TLS 1.3 a ticket comes after the handshake, so the answer is awaited.
    socket.once('secureConnect', () => {
      reused = socket.isSessionReused();
      socket.write(`GET / HTTP/1.1\r\nhost: ${servername}\r\nconnection: close\r\n\r\n`);
    });
    socket.once('close', () => {
      if (said.startsWith('HTTP/1.1 ')) resolve({ reused, session: newest });
      else reject(new Error(`no answer: ${said}`));
    });
  });
}
