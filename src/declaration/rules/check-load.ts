import { checkCost } from '../../ir/check-cost.ts';
import type { Finding } from '../../kernel/diagnostic.ts';
import type { Draft } from '../draft.ts';
import { sound } from './rule.ts';

/** Of a core. */
const much = 0.25;

/** Many servers that are asked often are a load of their own, on every machine that has the declaration, and on the servers. */
export function* checkLoad(draft: Draft): Generator<Finding> {
  const pools = [...sound(draft.virtualServices)].map(({ path, value: { pool } }) => ({
    path: [...path, 'pool', 'healthCheck'],
    ...checkCost(Object.keys(pool.servers).length, pool.healthCheck),
  }));
  const cores = pools.reduce((sum, pool) => sum + pool.cores, 0);
  const dearest = pools.reduce<(typeof pools)[number] | undefined>(
    (most, pool) => (most === undefined || pool.cores > most.cores ? pool : most),
    undefined,
  );
  if (dearest === undefined || cores < much) return;
  const perSecond = Math.round(pools.reduce((sum, pool) => sum + pool.perSecond, 0));
  yield {
    code: 'checks-costly',
    severity: 'advice',
    path: dearest.path,
    what: `the servers are asked ${perSecond.toLocaleString('en-US')} times a second in all, which takes about ${cores.toFixed(1)} of a core on each node`,
    why: 'a check over TLS costs 0.8 ms of processor time here, and as much on the server; a plain one 0.1 ms',
    mend: 'ask less often (`checkInterval`, or `interval` of the health check): a server that hangs is then found later by as much',
  };
}
