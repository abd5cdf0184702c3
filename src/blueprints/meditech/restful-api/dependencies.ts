import { sortedEntries } from '../../../kernel/order.ts';
import type { Path } from '../../../kernel/path.ts';
import { from, known, type NotedTree } from '../../noted.ts';
import type { Parameters } from './parameters.ts';
import { sources } from './sources.ts';

/** What stands behind the API servers, by the parameter that names its port. */
const behind = [
  {
    key: 'cache',
    group: 'cacheServers',
    role: 'cache',
    needed: true,
    effect: 'Requests that need the Cache service fail.',
  },
  {
    key: 'platformService',
    group: 'platformService',
    role: 'platform-service',
    needed: true,
    effect: 'Requests that need the Platform Service fail.',
  },
  {
    key: 'fileLibrary',
    group: 'fileLibrary',
    role: 'file-library',
    needed: true,
    effect: 'Requests that need the File Library fail.',
  },
  {
    key: 'monitorService',
    group: 'monitorService',
    role: 'monitor-service',
    needed: false,
    effect: 'Requests are served all the same; nobody sees in the Monitor Service what the API does.',
  },
] as const;

type Behind = (typeof behind)[number];

/** The machines of one kind that are watched; none when the kind is not, or takes API servers out instead. */
function machinesOf(parameters: Parameters, { key, group }: Behind): Parameters['apiServers'] {
  if (parameters.watch?.[key] === undefined) return {};
  if (key !== 'cache' || parameters.deployment !== 'minimum') return parameters[group];
  return parameters.whenCacheIsDown === 'condition' ? parameters.apiServers : {};
}

/** The `watch` of one host; undefined when nothing of it is watched. */
export function watchesOf(parameters: Parameters, host: string): NotedTree | undefined {
  const watches = behind.flatMap((one): NotedTree[] => {
    const watch = parameters.watch?.[one.key];
    if (watch === undefined || !Object.hasOwn(machinesOf(parameters, one), host)) return [];
    const at = (key: string): Path => ['watch', one.key, key];
    const asked = watch.type !== 'tcp';
    return [
      from(['watch', one.key], {
        type: from(at('type'), watch.type),
        port: from(at('port'), watch.port),
        role: known(one.role, sources.roles),
        path: asked && watch.path !== undefined ? from(at('path'), watch.path) : undefined,
        expectStatus: asked ? known([200], sources.expectOk) : undefined,
      }),
    ];
  });
  return watches.length === 0 ? undefined : watches;
}

/** What every virtual service needs; undefined when nothing of it is watched. */
export function dependsOn(parameters: Parameters): NotedTree | undefined {
  const entries = behind.flatMap((one): [string, NotedTree][] => {
    const hosts = sortedEntries(machinesOf(parameters, one)).map(([name]) => name);
    if (hosts.length === 0) return [];
    const entry = {
      hosts: known(hosts, sources.watch),
      needed: known(one.needed, one.needed ? sources.shared : sources.unneeded),
      effect: known(one.effect, sources.watch),
    };
    return [[one.role, from(['watch', one.key], entry)]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The Cache service that each API server of a minimum deployment runs for itself. */
export function alsoPort({ deployment, watch, whenCacheIsDown }: Parameters): NotedTree | undefined {
  const cache = watch?.cache;
  if (deployment !== 'minimum' || cache === undefined || whenCacheIsDown !== 'leave') return undefined;
  return from(['whenCacheIsDown'], {
    port: from(['watch', 'cache', 'port'], cache.port),
    role: known('cache', sources.ownCache),
  });
}
