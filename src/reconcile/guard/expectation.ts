import { effectiveWeight, type HaproxyIr } from '../../ir/haproxy.ts';
import { serviceNames } from '../service-names.ts';

/** What a configuration promises, as far as a window can be measured by it. */
export interface Expectation {
  /** By the name of the backend. */
  readonly pools: ReadonlyMap<string, PoolExpectation>;
  /** The backend of each frontend that serves. */
  readonly frontends: ReadonlyMap<string, string>;
}

export interface PoolExpectation {
  /** What people call it. */
  readonly service: string;
  /** Servers that are meant to take requests: neither drained nor in maintenance, and with a weight. */
  readonly wanted: number;
}

export function expectationOf(ir: HaproxyIr): Expectation {
  const services = serviceNames(ir);
  return {
    pools: new Map(
      ir.backends.map(({ name, servers }): [string, PoolExpectation] => [
        name,
        {
          service: services.get(name) ?? name,
          wanted: servers.filter((server) => server.admin === 'ready' && effectiveWeight(server) > 0).length,
        },
      ]),
    ),
    frontends: new Map([...services].map(([backend, frontend]) => [frontend, backend])),
  };
}
