import { ports, serverAddresses } from '../place.ts';
import type { Subject } from '../subject.ts';

/** The floor: TLS and bytes, no HTTP. See `native/relay.c`. */
export const relay: Subject = {
  name: 'relay in C (floor)',
  doors: ['offload', 'rsa'],
  http2: false,
  writes: true,
  prepare: ({ address, certificates, native }) =>
    Promise.resolve([
      {
        words: [
          native('relay'),
          address,
          '80',
          serverAddresses.join(),
          `${ports.offload}=${certificates.ecdsa}`,
          `${ports.rsa}=${certificates.rsa}`,
        ],
      },
    ]),
};
