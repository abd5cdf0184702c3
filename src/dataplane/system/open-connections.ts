import { toAddress } from '../../model/address.ts';
import { readIfPresent } from './files.ts';

/** A connection of TCP as this machine sees it. Addresses canonical. */
export interface OpenConnection {
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
}

/**
 * States of the kernel's table in which nothing is open: a listener; closed; and waiting in case a late packet comes, in which
 * the client may have opened a connection from the same port elsewhere.
 */
const notOpen = new Set(['0A', '07', '06']);

/** All connections to some addresses of this machine, those that are being opened and closed among them. */
export async function openConnections(addresses: readonly string[]): Promise<readonly OpenConnection[]> {
  const tables = await Promise.all(
    // A kernel without IPv6 has no second one.
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readIfPresent(path)),
  );
  const wanted = new Set(addresses);
  return tables.flatMap((table = '') => readConnections(table)).filter(({ local }) => wanted.has(local));
}

/** Reads one of the kernel's tables: `  0: 0100007F:1F90 0200007F:C350 01 ...`; each word of an address in the machine's order. */
export function readConnections(text: string): OpenConnection[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', remote = '', state] = line.trim().split(/\s+/);
      const [here, there] = [endOf(local), endOf(remote)];
      if (state === undefined || notOpen.has(state) || here === undefined || there === undefined) return [];
      return [
        {
          ...{ local: here.address, localPort: here.port },
          ...{ remote: there.address, remotePort: there.port },
        },
      ];
    });
}

function endOf(text: string): { readonly address: string; readonly port: number } | undefined {
  const [words = '', port = ''] = text.split(':');
  const bytes = (words.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  const address = toAddress(spelled(bytes));
  return address === undefined ? undefined : { address, port: Number.parseInt(port, 16) };
}

/** An address of the older family that came by a socket of the newer one is spelled as what it is. */
function spelled(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped) return bytes.slice(12).join('.');
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return (hex.match(/.{4}/g) ?? []).join(':');
}
