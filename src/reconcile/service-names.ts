import type { HaproxyIr } from '../ir/haproxy.ts';

/** What people call each backend: the frontend that serves from it, which is named like the service. By backend. */
export function serviceNames(ir: HaproxyIr): ReadonlyMap<string, string> {
  return new Map(
    ir.frontends.flatMap(({ name, behaviour }): [string, string][] =>
      behaviour.kind === 'serve' ? [[behaviour.backend, name]] : [],
    ),
  );
}
