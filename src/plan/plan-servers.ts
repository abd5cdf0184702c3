import { type BackendIr, effectiveWeight, type ServerIr } from '../ir/haproxy.ts';
import { unreachable } from '../kernel/bug.ts';
import { type Difference, differences, matched } from './differences.ts';
import type { Draft } from './draft.ts';
import type { ByHand } from './field-class.ts';
import { serverFields } from './field-classes.ts';
import { planOthers } from './plan-others.ts';
import type { Scene } from './scene.ts';
import { changed, counted, place, poolName } from './words.ts';

/** A server that stays, in a pool that stays. */
interface Pair {
  readonly pool: string;
  readonly backend: string;
  readonly before: ServerIr;
  readonly after: ServerIr;
  /** What the requests that it works on feel, and where new ones go. */
  readonly leaving: string;
  /** What a reload does to connections. */
  readonly reload: string;
  /** Whether others of the pool take requests while this one takes none. */
  readonly hasSubstitute: boolean;
}

/** Fields that are said, and sent, together. */
type Group = 'place' | 'weight' | 'admin' | 'connections';
const groupOf: Record<ByHand<typeof serverFields>, Group> = {
  address: 'place',
  port: 'place',
  weight: 'weight',
  admin: 'admin',
  maxConnections: 'connections',
};

export function planServers(draft: Draft, scene: Scene, before: BackendIr, after: BackendIr): void {
  const { added, removed, kept } = matched(before.servers, after.servers, ({ name }) => name);
  const elsewhere = after.servers.some((server) => capacity(server) > 0)
    ? 'new ones go elsewhere'
    : 'new ones are answered with 503, because no server is left';
  const leaving = ({ name }: ServerIr): string =>
    `${goOn(name, scene.requests(before.name, name))}; ${elsewhere}`;
  for (const server of added) planAdded(draft, scene, before, after, server);
  for (const server of removed) planRemoved(draft, scene, before, server, elsewhere);
  // Of all servers: what did not change at all is not among the kept.
  const serving = new Set(before.servers.filter((one) => capacity(one) > 0).map(({ name }) => name));
  const steady = after.servers.filter((one) => capacity(one) > 0 && serving.has(one.name));
  for (const [old, server] of kept) {
    const { byHand, others } = differences(serverFields, old, server);
    planOthers(draft, scene, `${server.name} in ${poolName(after.name)}`, server.origin, others);
    if (byHand.size === 0) continue;
    const pair = {
      pool: poolName(after.name),
      backend: after.name,
      before: old,
      after: server,
      leaving: leaving(server),
      reload: scene.reload,
      hasSubstitute: steady.some(({ name }) => name !== server.name),
    };
    const groups = new Set([...byHand].map((field) => groupOf[field]));
    for (const group of groups) planGroup(draft, group, pair);
    if (groups.has('admin') || groups.has('weight')) operateAdmin(draft, pair);
  }
}

/** What a server gets of the new requests. */
function capacity(server: ServerIr): number {
  return server.admin === 'ready' ? effectiveWeight(server) : 0;
}

function goOn(server: string, requests: number | undefined): string {
  if (requests === undefined) return `requests to ${server} under way go on`;
  if (requests === 0) return `no request to ${server} is under way`;
  return `${counted(requests, 'request')} to ${server} under way ${requests === 1 ? 'goes' : 'go'} on`;
}

function planAdded(
  draft: Draft,
  scene: Scene,
  before: BackendIr,
  backend: BackendIr,
  server: ServerIr,
): void {
  const { name, origin: path, admin } = server;
  const what = `server ${name} (${place(server)}) is added to ${poolName(backend.name)}`;
  if (before.servers.length === 0) {
    const why = 'what servers share, such as authorities, is loaded with the first of them';
    draft.step({ impact: 'reload', path, what, why, effect: scene.reload });
    return;
  }
  if (backend.persistence.kind === 'cookie' && !scene.abilities.dynamicCookie) {
    const why = 'this version of HAProxy cannot give a server its cookie while it runs';
    draft.step({ impact: 'reload', path, what, why, effect: scene.reload });
    return;
  }
  const effects = {
    ready: 'it gets new requests once it passes its health check',
    drain: 'it is drained and gets no request',
    maintenance: 'it is in maintenance and gets no request',
  } as const;
  const why = 'HAProxy takes new servers while it runs';
  draft.step({ impact: 'runtime', path, what, why, effect: effects[admin] });
  // One that is drained from the beginning must be on the list of the drained ones before it is there.
  draft.operation(admin === 'drain' ? 'take-out' : 'bring-in', { kind: 'add-server', backend, server });
}

function planRemoved(
  draft: Draft,
  scene: Scene,
  backend: BackendIr,
  server: ServerIr,
  elsewhere: string,
): void {
  const { name, origin: path, admin } = server;
  const requests = scene.requests(backend.name, name);
  const first =
    requests === 0
      ? `no request to ${name} is under way`
      : requests === undefined
        ? `requests to ${name} under way end first`
        : `${counted(requests, 'request')} to ${name} under way ${requests === 1 ? 'ends' : 'end'} first`;
  draft.step({
    impact: 'runtime',
    path,
    what: `server ${name} (${place(server)}) is removed from ${poolName(backend.name)}`,
    why: 'HAProxy lets servers go while it runs',
    effect: `${first}; ${elsewhere}`,
  });
  // One that is drained leaves before its name leaves the list, else its clients would come back in between.
  draft.operation(admin === 'drain' ? 'bring-in' : 'remove-server', {
    kind: 'remove-server',
    backend: backend.name,
    server: name,
  });
}

function planGroup(draft: Draft, group: Group, pair: Pair): void {
  const { pool, backend, before, after, leaving } = pair;
  const { name: server, origin: path, address, port, maxConnections } = after;
  const owner = `${server} in ${pool}`;
  switch (group) {
    case 'place': {
      const what = `address of ${owner}: ${place(before)} to ${place(after)}`;
      // It takes no request while its address changes.
      if (before.admin !== 'maintenance' && !pair.hasSubstitute) {
        const why = 'no other server of the pool could take its requests while its address changes';
        draft.step({ impact: 'reload', path, what, why, effect: pair.reload });
        return;
      }
      const effect = 'requests under way end at the old address; new ones go to the new one';
      draft.step({ impact: 'runtime', path, what, why: serverFields.address.why, effect });
      draft.operation('bring-in', { kind: 'set-server-address', backend, server, address, port });
      return;
    }
    case 'weight': {
      const what = changed(owner, difference('weight', pair));
      const shared = 'new requests are shared in the new proportion; those under way stay';
      const felt = after.weight === 0 ? leaving : shared;
      const effect = after.admin === 'ready' ? felt : 'nothing until the server takes requests again';
      draft.step({ impact: 'runtime', path, what, why: serverFields.weight.why, effect });
      return;
    }
    case 'admin':
      draft.step({ impact: 'runtime', path, ...adminWords(owner, pair), why: serverFields.admin.why });
      return;
    case 'connections': {
      const what = changed(owner, difference('maxConnections', pair));
      const effect =
        maxConnections === undefined
          ? 'it gets as many requests at a time as come'
          : 'requests above the limit wait or go elsewhere; those under way stay';
      draft.step({ impact: 'runtime', path, what, why: serverFields.maxConnections.why, effect });
      draft.operation('bring-in', {
        kind: 'set-server-connections',
        backend,
        server,
        ...(maxConnections === undefined ? {} : { maxConnections }),
      });
      return;
    }
    default:
      unreachable(group, 'group of server fields');
  }
}

function difference(field: ByHand<typeof serverFields>, { before, after }: Pair): Difference {
  return { felt: serverFields[field], before: before[field], after: after[field] };
}

function adminWords(owner: string, { before, after, leaving }: Pair): { what: string; effect: string } {
  switch (after.admin) {
    case 'ready':
      return {
        what: `${owner} takes requests again`,
        effect:
          capacity(after) === 0
            ? 'it still gets no new requests, because its weight is 0'
            : 'it gets new requests as long as it passes its health check',
      };
    case 'drain':
      return {
        what: `${owner} is drained`,
        effect: before.admin === 'ready' ? leaving : 'it is checked again, and still gets no new requests',
      };
    case 'maintenance':
      return { what: `${owner} is put into maintenance`, effect: `${leaving}; it is no longer checked` };
    default:
      return unreachable(after.admin, 'state of a server');
  }
}

/** State and weight in one operation, which comes before or after the lists of drained servers. */
function operateAdmin(draft: Draft, { backend, before, after }: Pair): void {
  const { name: server, admin, weight } = after;
  const leavesDrain = before.admin === 'drain' && admin !== 'drain';
  const entersDrain = before.admin !== 'drain' && admin === 'drain';
  const shrinks = capacity(after) < capacity(before);
  draft.operation(!leavesDrain && (entersDrain || shrinks) ? 'take-out' : 'bring-in', {
    kind: 'set-server-admin',
    backend,
    server,
    admin,
    weight,
  });
}
