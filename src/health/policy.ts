import type { HaproxyIr } from '../ir/haproxy.ts';
import { pathKey } from '../kernel/path.ts';
import type { Configuration } from '../model/configuration.ts';

/** What is in service, as far as health needs it. */
export interface InService {
  readonly configuration: Configuration;
  readonly ir: HaproxyIr;
}

/** How far the controller may go with the servers of a pool. Times in milliseconds. */
export interface PoolPolicy {
  /** What people call it. */
  readonly service: string;
  /** When every server fails in the same way: `serve` doubts the check, `refuse` believes it. */
  readonly whenAllFail: 'serve' | 'refuse';
  /** After a server went down because it does not answer; absent: its sessions are left alone. */
  readonly endSessionsAfter?: number;
  /** In percent: so much of the pool may be out because of live traffic. */
  readonly maxEjected: number;
  /** How often advice to HAProxy must be repeated, so that its own checks do not overrule it in between. */
  readonly repeat: Readonly<Record<'up' | 'down', number>>;
  /** Servers that fail within so much time fail at the same moment. */
  readonly moment: number;
}

/** Where live traffic takes servers out by HAProxy's own count only. */
const defaultMaxEjected = 50;

/** By the name of the backend. */
export function policiesOf({ configuration, ir }: InService): ReadonlyMap<string, PoolPolicy> {
  const services = new Map(configuration.virtualServices.map((one) => [pathKey(one.pool.path), one]));
  return new Map(
    ir.backends.flatMap(({ name, origin, check, timeouts }): [string, PoolPolicy][] => {
      const service = services.get(pathKey(origin));
      if (service === undefined) return [];
      const { whenAllFail, endSessionsAfter, outlierDetection } = service.pool;
      const policy = {
        service: service.name,
        whenAllFail,
        ...(endSessionsAfter === undefined ? {} : { endSessionsAfter }),
        maxEjected: outlierDetection?.maxEjected ?? defaultMaxEjected,
        repeat: {
          up: repeatOf(check.fall, check.fastInterval),
          down: repeatOf(check.rise, check.fastInterval),
        },
        moment: 10_000 + check.fall * (check.interval + timeouts.check),
      };
      return [[name, policy]];
    }),
  );
}

/** Advice sets the counter of checks to its end; one check before it has run the whole way is soon enough. */
function repeatOf(checks: number, interval: number): number {
  return Math.min(1_000, Math.max(100, Math.floor((checks - 1) * interval * 0.8)));
}
