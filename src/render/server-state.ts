import type { HaproxyIr } from '../ir/haproxy.ts';

/** The version of the format: HAProxy warns at every start when a state file does not begin with it. */
export const emptyServerState = '1\n';

/** Column numbers of `show servers state`, version 1. What follows the last of these may be left out. */
const columns = { backend: 1, server: 3, address: 4, port: 18, count: 20 } as const;

/**
 * The server state file for a new generation, from what `show servers state` says about the running one.
 *
 * The dump must never be used as it is. HAProxy prefers the file to its configuration for the port of a
 * server and for whether it is spoken to by TLS (measured with 2.6 and 3.0): a pool changed from plain to TLS
 * would go on in clear text. So rows are kept only for servers that are still at the same address and port,
 * and are cut before the column about TLS.
 */
export function carryServerState(dump: string, next: HaproxyIr): string {
  const places = new Map<string, string>();
  for (const backend of next.backends) {
    for (const { name, address, port } of backend.servers)
      places.set(`${backend.name}/${name}`, `${address} ${port}`);
  }
  let state = emptyServerState;
  for (const line of dump.split('\n')) {
    if (line.startsWith('#')) continue;
    const cells = line.split(' ');
    const place = places.get(`${cells[columns.backend]}/${cells[columns.server]}`);
    if (cells.length < columns.count || place !== `${cells[columns.address]} ${cells[columns.port]}`)
      continue;
    state += `${cells.slice(0, columns.count).join(' ')}\n`;
  }
  return state;
}
