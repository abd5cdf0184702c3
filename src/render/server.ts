import { type BackendIr, effectiveWeight, type ServerTlsIr } from '../ir/haproxy.ts';
import type { Emitter } from './emitter.ts';
import { address, argument, count, name, relativePath, time } from './quote.ts';

/** What the servers of a pool share stands on one line, so that a server line says only what is its own. */
export function renderServers(out: Emitter, backend: BackendIr): void {
  const { origin, check } = backend;
  const inter = [
    'inter',
    time(check.interval),
    'fastinter',
    time(check.fastInterval),
    'downinter',
    time(check.downInterval),
  ];
  const checkPort = check.port === undefined ? [] : ['port', count(check.port)];
  out.line(
    origin,
    'default-server',
    'check',
    ...checkPort,
    ...inter,
    'fall',
    count(check.fall),
    'rise',
    count(check.rise),
  );
  if (backend.passiveErrorLimit !== undefined) {
    const limit = ['error-limit', count(backend.passiveErrorLimit)];
    out.line(origin, 'default-server', 'observe', 'layer7', ...limit, 'on-error', 'mark-down');
  }
  const { keepAtLeast, idle } = backend.reuse;
  out.line(origin, 'default-server', 'pool-low-conn', count(keepAtLeast), 'pool-purge-delay', time(idle));
  if (backend.tls !== undefined) out.line(origin, 'default-server', ...tlsWords(backend.tls));
  for (const server of backend.servers) {
    const place = server.address.includes(':') ? `[${address(server.address)}]` : address(server.address);
    const words = [
      'server',
      name(server.name),
      `${place}:${count(server.port)}`,
      'weight',
      count(effectiveWeight(server)),
    ];
    if (server.admin === 'maintenance') words.push('disabled');
    if (server.maxConnections !== undefined) words.push('maxconn', count(server.maxConnections));
    if (backend.persistence.kind === 'cookie') words.push('cookie', name(server.name));
    out.line(server.origin, ...words);
  }
}

function tlsWords(tls: ServerTlsIr): string[] {
  const sni = tls.serverName === undefined ? [] : ['sni', `str(${argument(tls.serverName)})`];
  if (tls.verify === 'none') return ['ssl', 'verify', 'none', ...sni];
  const trust = ['ca-file', relativePath(tls.authorityFile), 'verifyhost', tls.serverName];
  return ['ssl', 'verify', 'required', ...trust, ...sni];
}
