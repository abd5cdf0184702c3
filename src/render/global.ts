import type { HaproxyIr } from '../ir/haproxy.ts';
import { sourceShareVariable } from '../ir/limit-names.ts';
import { tlsSessionEntries } from '../ir/memory-budget.ts';
import { tlsCipherSuites, tlsCiphers } from '../ir/tls-strength.ts';
import type { Emitter } from './emitter.ts';
import { anyRetryVariable } from './events.ts';
import { renderGeneration } from './identity.ts';
import { localPeer } from './peers.ts';
import { absolutePath, count, name, time } from './quote.ts';

/** Measured: a handshake with P-384 costs 4.3 times one with X25519. */
const curves = 'X25519:P-256';

export function renderGlobal(out: Emitter, ir: HaproxyIr, digest: string): void {
  const { global, frontends } = ir;
  const line = (...words: readonly string[]) => out.line(undefined, ...words);
  out.section(undefined, 'global');
  out.remark('Names of companion files are relative to this file, so they are the same in every generation.');
  line('default-path', 'config');
  if (global.account !== undefined) {
    line('user', name(global.account.user));
    line('group', name(global.account.group));
  }
  line('maxconn', count(global.maxConnections));
  line('log', 'stderr', 'format', 'raw', 'daemon', 'notice');
  line(
    'stats',
    'socket',
    absolutePath(global.runtime.adminSocket),
    'mode',
    '600',
    'level',
    'admin',
    'expose-fd',
    'listeners',
  );
  line('stats', 'timeout', '2m');
  out.remark('The digest of this generation.');
  renderGeneration(out, digest);
  out.remark('Before the many others: each read asks it whether a pool may not send again.');
  line('set-var', anyRetryVariable, 'bool(false)');
  if (frontends.length > 0) out.remark('The most connections of one source at each frontend.');
  for (const { name: frontend, origin, maxConnectionsPerSource } of frontends) {
    out.line(origin, 'set-var', sourceShareVariable(frontend), `int(${count(maxConnectionsPerSource)})`);
  }

  out.remark(
    'Reloads: the state of servers is kept; old workers end when their requests have, or at the latest then.',
  );
  line('server-state-file', absolutePath(global.runtime.serverStateFile));
  const peer = localPeer(ir);
  if (peer !== undefined) line('localpeer', name(peer));
  line('hard-stop-after', time(global.hardStopAfter));
  line('mworker-max-reloads', '20');

  out.remark('Without this a second program could bind our ports and take a share of the clients.');
  line('noreuseport');
  out.remark('Checks of many servers are spread over time, so that they do not come in bursts.');
  line('spread-checks', '10');

  out.remark(
    'The HTTP client of HAProxy, which nothing here uses, would read all authorities of the system at every start: three fifths of its time.',
  );
  line('httpclient.ssl.verify', 'none');

  out.remark('TLS as in NIST SP 800-52 revision 2, cheapest strong choice first.');
  line('ssl-default-bind-options', 'ssl-min-ver', 'TLSv1.2');
  line('ssl-default-bind-ciphers', tlsCiphers);
  line('ssl-default-bind-ciphersuites', tlsCipherSuites);
  line('ssl-default-bind-curves', curves);
  line('ssl-default-server-options', 'ssl-min-ver', 'TLSv1.2');
  line('ssl-default-server-ciphers', tlsCiphers);
  line('ssl-default-server-ciphersuites', tlsCipherSuites);
  line('ssl-skip-self-issued-ca');
  line('tune.ssl.cachesize', count(tlsSessionEntries));
}
