import type { Finding } from '../../kernel/diagnostic.ts';
import type { Path } from '../../kernel/path.ts';
import { type Duration, formatDuration } from '../../model/duration.ts';
import type { Pool } from '../../model/pool.ts';
import type { Draft } from '../draft.ts';
import { sound } from './rule.ts';

/** A pool must be able to serve, and to survive the loss of one server. */
export function* pools(draft: Draft): Generator<Finding> {
  for (const { path, value } of sound(draft.virtualServices)) {
    const at = [...path, 'pool'];
    yield* servers(value.pool, at, draft);
    yield* trust(value.pool, at);
    yield* times(value.pool, at, value.timeouts.connect);
    yield* deepChecks(value.pool, at);
  }
}

function* servers(pool: Pool, at: Path, draft: Draft): Generator<Finding> {
  const entries = Object.entries(pool.servers);
  const willing = entries.filter(([, server]) => server.weight > 0);
  if (willing.length === 0) {
    const what = entries.length === 0 ? 'the pool has no server' : 'every server of the pool has weight 0';
    yield {
      code: 'no-server',
      severity: 'error',
      path: [...at, 'servers'],
      what,
      mend: 'add a server, or give one a weight',
    };
  } else if (willing.length === 1) {
    yield {
      code: 'single-server',
      severity: 'warning',
      path: [...at, 'servers'],
      what:
        entries.length === 1
          ? 'the pool has one server only'
          : 'one server only of the pool has a weight above 0',
      why: 'its loss, or a patch, is an outage',
      mend: 'add a second server',
    };
  }
  const seen = new Map<string, string>();
  for (const [name, server] of entries) {
    const address = server.address ?? draft.hosts.get(server.host ?? '')?.value?.address;
    if (address === undefined) continue;
    const place = `${address} port ${server.port}`;
    const other = seen.get(place);
    if (other === undefined) {
      seen.set(place, name);
      continue;
    }
    yield {
      code: 'duplicate-server',
      severity: 'error',
      path: [...at, 'servers', name],
      what: `"${name}" and "${other}" are both ${place}`,
      mend: 'remove one, or correct its address',
    };
  }
}

function* trust(pool: Pool, at: Path): Generator<Finding> {
  if (pool.tls === undefined && pool.trustedSegment === undefined) {
    yield {
      code: 'plain-to-servers',
      severity: 'warning',
      path: at,
      what: 'traffic to the servers is not encrypted',
      why: 'anyone on that network segment can read patient data',
      mend: 'add TLS to the servers (`tls`, or `tls: bridging`), or name the segment that is documented as trusted in `trustedSegment`',
    };
  }
  if (pool.tls?.verify === 'none') {
    yield {
      code: 'verification-off',
      severity: 'warning',
      path: [...at, 'tls', 'verify'],
      what: `the servers are not verified, with the reason "${pool.tls.reason}"`,
      why: 'anyone on the path can pretend to be a server',
      mend: 'name the authority that signed the certificates of the servers',
    };
  }
  if (pool.healthCheck.type === 'https' && pool.tls === undefined) {
    yield {
      code: 'check-needs-tls',
      severity: 'error',
      path: [...at, 'healthCheck', 'type'],
      what: 'the check uses https, but the pool says nothing about TLS to its servers',
      mend: 'add `tls` to the pool, or use `type: http`',
    };
  }
  if (pool.healthCheck.type === 'http' && pool.healthCheck.port === undefined && pool.tls !== undefined) {
    yield {
      code: 'check-without-tls',
      severity: 'error',
      path: [...at, 'healthCheck', 'type'],
      what: 'the check speaks plain http to a port that speaks TLS',
      why: 'it would fail for ever and take every server out',
      mend: 'use `type: https`, or name a plain port with `port`',
    };
  }
  if (pool.tls?.verify === 'required' && pool.healthCheck.type === 'tcp') {
    yield {
      code: 'check-too-shallow',
      severity: 'warning',
      path: [...at, 'healthCheck', 'type'],
      what: 'the check does not look at the certificate of the servers, but the traffic does',
      why: 'a server with a bad certificate comes back again and again, and refuses requests each time',
      mend: 'use `type: https`',
    };
  }
  if (pool.tls !== undefined && pool.trustedSegment !== undefined) {
    yield {
      code: 'invalid-value',
      severity: 'error',
      path: [...at, 'trustedSegment'],
      what: '"trustedSegment" has no use beside `tls`',
      mend: 'remove one of the two',
    };
  }
}

/** One that is still under way when the next is due would be made less often than was written. */
function* deepChecks(pool: Pool, at: Path): Generator<Finding> {
  for (const [name, { interval, timeout }] of Object.entries(pool.deepChecks ?? {})) {
    if (timeout <= interval) continue;
    yield {
      code: 'time-limits-conflict',
      severity: 'error',
      path: [...at, 'deepChecks', name, 'timeout'],
      what: `the time-out (${formatDuration(timeout)}) is longer than the interval (${formatDuration(interval)})`,
      mend: 'make it shorter, or the interval longer',
    };
  }
}

function* times(pool: Pool, at: Path, connect: Duration): Generator<Finding> {
  const { healthCheck, persistence, endSessionsAfter } = pool;
  if (endSessionsAfter !== 'never' && endSessionsAfter <= connect) {
    yield {
      code: 'time-limits-conflict',
      severity: 'warning',
      path: [...at, 'endSessionsAfter'],
      what: `the sessions of a silent server are ended after ${formatDuration(endSessionsAfter)}, but a connection may take ${formatDuration(connect)}`,
      why: 'requests that wait for a connection fail, although another server could have taken them',
      mend: 'make it longer than `timeouts.connect`, or that one shorter',
    };
  }
  if (healthCheck.fastInterval > healthCheck.interval) {
    yield {
      code: 'time-limits-conflict',
      severity: 'error',
      path: [...at, 'healthCheck', 'fastInterval'],
      what: `the fast interval (${formatDuration(healthCheck.fastInterval)}) is longer than the interval (${formatDuration(healthCheck.interval)})`,
      mend: 'make it shorter, or the interval longer',
    };
  }
  if (persistence.type === 'cookie' && persistence.idle > persistence.life) {
    yield {
      code: 'time-limits-conflict',
      severity: 'error',
      path: [...at, 'persistence', 'idle'],
      what: `the idle time (${formatDuration(persistence.idle)}) is longer than the life of the cookie (${formatDuration(persistence.life)})`,
      mend: 'make it shorter, or the life longer',
    };
  }
}
