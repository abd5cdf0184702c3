import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import type { Greeting, ListenerPlace } from '../port.ts';
import { handshakeErrorCause } from './tls-cause.ts';

/**
 * Makes a TLS handshake with a listener as a client would, and takes leave as one should, so that HAProxy counts no
 * failed handshake. The certificate is not verified and no data is sent. Never throws.
 *
 * The fingerprints are those of the chain that the listener sent. A certificate beside it that did not issue any other
 * one is not seen.
 * @param name the host name asked for (SNI); without one, or for an address, none is sent
 * @param timeLimit in milliseconds
 */
export function greet(place: ListenerPlace, name: string | undefined, timeLimit: number): Promise<Greeting> {
  return new Promise((resolve) => {
    let greeting: Greeting | undefined;
    const failed = (code: string): void => {
      // What is written about servers is true of a listener.
      greeting ??= { kind: 'failed', what: handshakeErrorCause(code).replace(/^the server/, 'the listener') };
    };
    const socket = connect({
      host: reachable(place.address),
      port: place.port,
      rejectUnauthorized: false,
      // With the usual authorities Node would complete the chain by what the listener did not send.
      ca: [],
      ...(name === undefined || isIP(name) !== 0 ? {} : { servername: name }),
    });
    const timer = setTimeout(() => {
      greeting ??= {
        kind: 'failed',
        what: `the listener does not answer a TLS handshake within ${timeLimit} ms`,
      };
      socket.destroy();
    }, timeLimit);
    socket.once('secureConnect', () => {
      greeting = { kind: 'chain', fingerprints: fingerprints(socket.getPeerCertificate(true)) };
      // What the listener sends after the handshake is read: left unread, it would turn the goodbye into a reset.
      socket.resume();
      socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'unknown'));
    socket.once('close', () => {
      clearTimeout(timer);
      failed('ECONNRESET');
      if (greeting !== undefined) resolve(greeting);
    });
  });
}

/** Where this machine reaches a listener. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

function fingerprints(leaf: DetailedPeerCertificate): string[] {
  const found: string[] = [];
  let one: DetailedPeerCertificate | undefined = leaf;
  // A root is its own issuer; and nothing that a peer sends may keep us going round.
  while (one?.fingerprint !== undefined) {
    const fingerprint = one.fingerprint.replaceAll(':', '').toLowerCase();
    if (found.includes(fingerprint)) break;
    found.push(fingerprint);
    one = one.issuerCertificate;
  }
  return found;
}
