import { randomInt } from 'node:crypto';

/** An IPv4 loopback address that nobody else uses: any port on it is free. Tests never share 127.0.0.1. */
export function loopbackAddress(): string {
  return `127.${randomInt(64, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}
