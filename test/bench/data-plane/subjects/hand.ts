import { type Place, ports } from '../place.ts';
import { type Command, configured, type Subject } from '../subject.ts';

/** Where HAProxy listens when somebody else ends TLS before it. */
export const behind = { offload: 8043, rsa: 8044, bridging: 8045 } as const;

/** HAProxy with `hand.cfg`, TLS included. */
export const hand: Subject = {
  name: 'HAProxy by hand',
  doors: ['offload', 'rsa', 'bridging'],
  http2: true,
  writes: true,
  prepare: async (place) => {
    const tls = (pem: string) => ` ssl crt ${pem} alpn h2,http/1.1`;
    const { ecdsa, rsa } = place.certificates;
    return [
      await haproxyByHand(place, ports, {
        tls: 'TLS ends here.',
        tlsOffload: tls(ecdsa),
        tlsRsa: tls(rsa),
        tlsBridging: tls(ecdsa),
      }),
    ];
  },
};

/** The same HAProxy behind a program that ends TLS and speaks the PROXY protocol. */
export function haproxyBehind(place: Place): Promise<Command> {
  const proxied = ' accept-proxy';
  return haproxyByHand(place, behind, {
    tls: 'TLS has ended already; the client is told by the PROXY protocol.',
    tlsOffload: proxied,
    tlsRsa: proxied,
    tlsBridging: proxied,
  });
}

async function haproxyByHand(
  place: Place,
  at: Readonly<Record<'offload' | 'rsa' | 'bridging', number>>,
  words: Readonly<Record<string, string>>,
): Promise<Command> {
  const { offload, rsa, bridging } = at;
  const file = await configured('hand.cfg', place, {
    ...words,
    // Certificates and ports have the same names.
    offload: String(offload),
    rsa: String(rsa),
    bridging: String(bridging),
  });
  return { words: ['haproxy', '-db', '-f', file] };
}
