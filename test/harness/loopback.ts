import { randomInt } from 'node:crypto';
import type { Endpoint } from '../../src/model/endpoint.ts';

/** An IPv4 loopback address that nobody else uses: any port on it is free. Tests never share 127.0.0.1. */
export function loopbackAddress(): string {
  return `127.${randomInt(64, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}

/** Where the controllers of nodes may answer, each at an address of its own. */
export function loopbackEndpoints<Name extends string>(names: readonly Name[]): Record<Name, Endpoint> {
  return Object.fromEntries(
    names.map((name) => [name, { host: loopbackAddress(), port: 7443 } as Endpoint]),
  ) as Record<Name, Endpoint>;
}
