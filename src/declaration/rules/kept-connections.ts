import type { Finding } from '../../kernel/diagnostic.ts';
import type { Path } from '../../kernel/path.ts';
import { dear, timesText } from '../../model/dear.ts';
import { duration, formatDuration } from '../../model/duration.ts';
import type { Draft } from '../draft.ts';
import { sound } from './rule.ts';

/** Clients that ask every few seconds are common, so a connection that is kept no longer than this is opened anew for each. */
const short = duration('10s');

/** A connection that is closed before its next request is paid for again by that request. */
export function* keptConnections(draft: Draft): Generator<Finding> {
  for (const { path, value } of sound(draft.virtualServices)) {
    const { timeouts, pool, listeners } = value;
    const encrypted = listeners.some(({ protocol }) => protocol === 'https');
    if (encrypted && timeouts.keepAlive < short) {
      const again = `${timesText(dear.resumedConnection)} the processor time, ${timesText(dear.newConnection)} without its TLS session`;
      yield {
        ...advice([...path, 'timeouts', 'keepAlive']),
        what: `a client that pauses for ${formatDuration(timeouts.keepAlive)} must connect again`,
        why: `measured: a request on a new connection costs ${again}`,
        mend: 'keep client connections for 60s or longer',
      };
    }
    const { idle } = pool.connectionReuse;
    if (idle < short) {
      const cost = pool.tls === undefined ? dear.serverConnection : dear.serverTlsConnection;
      yield {
        ...advice([...path, 'pool', 'connectionReuse', 'idle']),
        what: `connections to the servers are closed after ${formatDuration(idle)} without requests, half of them after a fifth of it`,
        why: `measured: a request that must open one costs ${timesText(cost)} the processor time of one that finds one`,
        mend: 'keep them as long as the servers do, less some seconds: 60s when those close after 75s',
      };
    }
  }
}

function advice(path: Path): Pick<Finding, 'code' | 'severity' | 'path'> {
  return { code: 'connections-costly', severity: 'advice', path };
}
