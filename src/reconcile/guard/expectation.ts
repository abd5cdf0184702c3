import { effectiveWeight, type HaproxyIr } from '../../ir/haproxy.ts';
import { type Path, pathKey } from '../../kernel/path.ts';
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

/** @param excused origins of pools of which nothing is promised: whoever made the change knows that they are down */
export function expectationOf(ir: HaproxyIr, excused: readonly Path[] = []): Expectation {
  const services = serviceNames(ir);
  const down = new Set(excused.map(pathKey));
  return {
    pools: new Map(
      ir.backends.map(({ name, origin, servers }): [string, PoolExpectation] => {
        const wanted = servers.filter((server) => server.admin === 'ready' && effectiveWeight(server) > 0);
        return [
          name,
          { service: services.get(name) ?? name, wanted: down.has(pathKey(origin)) ? 0 : wanted.length },
        ];
      }),
    ),
    frontends: new Map([...services].map(([backend, frontend]) => [frontend, backend])),
  };
}
