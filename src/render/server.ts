import { type BackendIr, effectiveWeight, type ServerIr, type ServerTlsIr } from '../ir/haproxy.ts';
import { serverId } from '../ir/server-id.ts';
import type { Emitter } from './emitter.ts';
import { address, argument, count, name, relativePath, time } from './quote.ts';

/** What the servers of a pool share stands on lines of its own, so that a server line says only what is its own. */
export function renderServers(out: Emitter, backend: BackendIr): void {
  for (const words of sharedWords(backend)) out.line(backend.origin, 'default-server', ...words);
  for (const server of backend.servers) {
    const disabled = server.admin === 'maintenance' ? ['disabled'] : [];
    const own = ownWords(backend, server);
    out.line(server.origin, 'server', name(server.name), place(server), ...own, ...disabled);
  }
}

export function place({ address: at, port }: Pick<ServerIr, 'address' | 'port'>): string {
  return `${at.includes(':') ? `[${address(at)}]` : address(at)}:${count(port)}`;
}

/** What all servers of a backend have in common, in groups that belong together. */
export function sharedWords({ check, passiveErrorLimit, reuse, tls }: BackendIr): string[][] {
  const inter = [
    'inter',
    time(check.interval),
    'fastinter',
    time(check.fastInterval),
    'downinter',
    time(check.downInterval),
  ];
  const checkPort = check.port === undefined ? [] : ['port', count(check.port)];
  const verdict = ['fall', count(check.fall), 'rise', count(check.rise)];
  const groups = [['check', ...checkPort, ...inter, ...verdict]];
  if (passiveErrorLimit !== undefined)
    groups.push(['observe', 'layer7', 'error-limit', count(passiveErrorLimit), 'on-error', 'mark-down']);
  groups.push(['pool-low-conn', count(reuse.keepAtLeast), 'pool-purge-delay', time(purgeDelay(reuse.idle))]);
  if (tls !== undefined) groups.push(tlsWords(tls));
  return groups;
}

/**
 * HAProxy closes half of the connections that were idle for this delay, then half of the rest: measured with 2.6 and 3.0,
 * the last of 128 is closed after ten delays.
 */
function purgeDelay(idle: number): number {
  return Math.ceil(idle / 10);
}

/** What is a server's own, its name, place and maintenance aside. */
export function ownWords({ persistence }: BackendIr, server: ServerIr): string[] {
  const words = ['weight', count(effectiveWeight(server))];
  if (server.maxConnections !== undefined) words.push('maxconn', count(server.maxConnections));
  if (persistence.kind === 'cookie') words.push('cookie', name(server.name));
  if (persistence.kind === 'source-address') words.push('id', count(serverId(server.name)));
  return words;
}

function tlsWords(tls: ServerTlsIr): string[] {
  const sni = tls.serverName === undefined ? [] : ['sni', `str(${argument(tls.serverName)})`];
  if (tls.verify === 'none') return ['ssl', 'verify', 'none', ...sni];
  const trust = ['ca-file', relativePath(tls.authorityFile), 'verifyhost', tls.serverName];
  return ['ssl', 'verify', 'required', ...trust, ...sni];
}
