import { concerns } from '../compile/wished.ts';
import { effectiveWeight, type HaproxyIr } from '../ir/haproxy.ts';
import { type HaproxyNames, haproxyNames } from '../ir/haproxy-names.ts';
import { Failure } from '../kernel/failure.ts';
import type { Configuration, ConfiguredServer, ConfiguredService } from '../model/configuration.ts';
import type { Intent, IntentTarget, IntentWish } from '../model/intent.ts';
import type { Name } from '../model/name.ts';
import type { RuntimeState } from '../model/runtime-state.ts';
import { takesOut } from './intents.ts';

/** What is in force before a wish is granted. */
export interface Before {
  readonly configuration: Configuration;
  readonly intents: readonly Intent[];
  /** Compiled from these two. */
  readonly ir: HaproxyIr;
  /** Absent when HAProxy does not run; then what is wanted alone decides. */
  readonly state?: Pick<RuntimeState, 'servers'> | undefined;
}

export interface Wish {
  readonly wish: IntentWish;
  readonly target: IntentTarget;
}

/** The backends, by their names in HAProxy, of all services that a wish is about. */
export function backendsOf(
  request: Wish,
  { configuration, ir }: Pick<Before, 'configuration' | 'ir'>,
): string[] {
  const names = haproxyNames(ir);
  return configuration.virtualServices.flatMap((service) => {
    const server = service.pool.servers.find((one) => concerns(request, service.name, one));
    return server === undefined ? [] : (names.server(service, server)?.backend ?? []);
  });
}

/**
 * The services in which the wish would leave no healthy server that takes requests. One in which there is none
 * already is not among them: nothing can be made worse there.
 */
export function wouldEmpty(request: Wish, before: Before): Name[] {
  if (!takesOut(request.wish)) return [];
  const names = haproxyNames(before.ir);
  return before.configuration.virtualServices
    .filter((service) => {
      const { servers } = service.pool;
      if (!servers.some((server) => concerns(request, service.name, server))) return false;
      const serving = servers.filter((server) => whyNot(service, server, before, names) === undefined);
      return serving.length > 0 && serving.every((server) => concerns(request, service.name, server));
    })
    .map(({ name }) => name);
}

/**
 * Refuses a wish that would leave a service without a server.
 * @returns Failure `last-server`, which says of each service why its other servers do not help; undefined: granted
 */
export function refuseLastServer(request: Wish, before: Before): Failure | undefined {
  const emptied = wouldEmpty(request, before);
  if (emptied.length === 0) return undefined;
  const names = haproxyNames(before.ir);
  const sentences = before.configuration.virtualServices
    .filter(({ name }) => emptied.includes(name))
    .map((service) => {
      const others = service.pool.servers
        .filter((server) => !concerns(request, service.name, server))
        .map((server) => `${server.name} ${whyNot(service, server, before, names) ?? 'takes requests'}`);
      return `${service.name} (${others.length === 0 ? 'it has no other server' : others.join(', ')})`;
    });
  return new Failure(
    'last-server',
    `no server that takes requests would be left in ${sentences.join(' and ')}`,
    'bring another server back first, or repeat it with --force if its clients may get the sorry answer',
  );
}

/** Why a server gets no requests, as the end of a sentence about it; undefined when it does. */
function whyNot(
  service: ConfiguredService,
  server: ConfiguredServer,
  { intents, state }: Before,
  names: HaproxyNames,
): string | undefined {
  const wanted = names.server(service, server);
  if (wanted === undefined) return 'is not in service yet';
  if (wanted.admin !== 'ready' || effectiveWeight(wanted) === 0) {
    const why = intents.findLast((one) => takesOut(one.wish) && concerns(one, service.name, server));
    const because = why === undefined ? '' : ` (${why.author}: ${why.reason})`;
    if (wanted.admin === 'ready') return `has weight 0${because}`;
    return wanted.admin === 'drain' ? `is drained${because}` : `is in maintenance${because}`;
  }
  if (state === undefined) return undefined;
  const seen = state.servers.find(({ backend, name }) => backend === wanted.backend && name === wanted.name);
  if (seen === undefined) return 'is not known to the running HAProxy';
  if (seen.admin !== 'ready' || seen.weight === 0) return "was taken out behind Aorta's back";
  switch (seen.operational) {
    case 'up':
    case 'going-down':
    case 'no-check':
      return undefined;
    case 'down':
    case 'going-up':
      return 'is down';
  }
}
