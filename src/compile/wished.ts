import type { ServerIr } from '../ir/haproxy.ts';
import type { ConfiguredServer } from '../model/configuration.ts';
import type { Intent } from '../model/intent.ts';
import type { Name } from '../model/name.ts';

/** What the intents together want of one server. */
export interface Wished {
  readonly admin: ServerIr['admin'];
  /** Absent: as declared. */
  readonly weight?: number;
}

/** The strictest wish wins, so that ending a drain never puts a server back that is also in maintenance. */
export function wished(service: Name, server: ConfiguredServer, intents: readonly Intent[]): Wished {
  const mine = intents.filter((intent) => concerns(intent, service, server)).map(({ wish }) => wish);
  const kinds = new Set(mine.map(({ kind }) => kind));
  const weight = mine.findLast((wish) => wish.kind === 'weight')?.weight;
  return {
    admin: kinds.has('maintenance') ? 'maintenance' : kinds.has('drain') ? 'drain' : 'ready',
    ...(weight === undefined ? {} : { weight }),
  };
}

/** Whether an intent is about this server of this service. */
export function concerns(
  { target }: Pick<Intent, 'target'>,
  service: Name,
  { name, host }: ConfiguredServer,
): boolean {
  if (target.kind === 'host') return host === target.host;
  return name === target.server && (target.service === undefined || target.service === service);
}
