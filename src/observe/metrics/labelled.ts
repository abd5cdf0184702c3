import type { HaproxyIr } from '../../ir/haproxy.ts';
import { haproxyNames } from '../../ir/haproxy-names.ts';
import type { Configuration, ConfiguredService } from '../../model/configuration.ts';
import { labels } from './exposition.ts';
import type { Pause } from './pause.ts';

/** Services and servers as the metrics call them, and where HAProxy has them. */
export interface Labelled {
  readonly services: readonly LabelledService[];
  /** Of all services, in their order. */
  readonly servers: readonly LabelledServer[];
}

export interface LabelledService {
  readonly labels: string;
  /** Names of the frontends that serve. */
  readonly frontends: readonly string[];
  /** Names of those that redirect only. */
  readonly redirects: readonly string[];
  /** Absent: the compiler made none. */
  readonly backend?: string;
  /** Its part of all servers: from this one on, so many. */
  readonly first: number;
  readonly count: number;
}

export interface LabelledServer {
  readonly labels: string;
  /** Backend and server, see {@link serverKey}. Absent: HAProxy was told of none. */
  readonly key?: string;
  /** A drain is told to HAProxy as weight 0, so that only what is wanted tells it from a weight of 0. */
  readonly drained: boolean;
}

/** A name has no slash. */
export function serverKey(backend: string, server: string): string {
  return `${backend}/${server}`;
}

/** Services that are looked at before others have their turn. */
const stretch = 250;

export async function labelled(
  { virtualServices }: Configuration,
  ir: HaproxyIr,
  pause: Pause,
): Promise<Labelled> {
  const names = haproxyNames(ir);
  const servers: LabelledServer[] = [];
  const services: LabelledService[] = [];
  for (const [index, service] of virtualServices.entries()) {
    if (index % stretch === 0) await pause();
    const { name, pool } = service;
    const first = servers.length;
    let backend: string | undefined;
    for (const server of pool.servers) {
      const named = names.server(service, server);
      backend ??= named?.backend;
      servers.push({
        labels: labels({ service: name, server: server.name }),
        ...(named === undefined ? {} : { key: serverKey(named.backend, named.name) }),
        drained: named?.admin === 'drain',
      });
    }
    const frontendsOf = (redirect: boolean) => frontendNames(service, names, redirect);
    services.push({
      labels: labels({ service: name }),
      frontends: frontendsOf(false),
      redirects: frontendsOf(true),
      ...(backend === undefined ? {} : { backend }),
      first,
      count: pool.servers.length,
    });
  }
  return { services, servers };
}

function frontendNames(
  { listeners }: ConfiguredService,
  names: Pick<ReturnType<typeof haproxyNames>, 'frontend'>,
  redirect: boolean,
): string[] {
  const found = listeners
    .filter(({ protocol }) => (protocol === 'redirect') === redirect)
    .flatMap((listener) => names.frontend(listener) ?? []);
  return [...new Set(found)];
}
