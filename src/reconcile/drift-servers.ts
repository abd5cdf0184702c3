import { type BackendIr, effectiveWeight, type HaproxyIr, type ServerIr } from '../ir/haproxy.ts';
import { hop, hopServer } from '../ir/hop.ts';
import { unreachable } from '../kernel/bug.ts';
import type { RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import type { Adoption, DriftFinding, ServerPlace } from './drift-finding.ts';
import { serviceNames } from './service-names.ts';

/** Servers that are not there, not known, elsewhere, or in another state than desired. */
export function findServerDrift(ir: HaproxyIr, state: RuntimeState): DriftFinding[] {
  const services = serviceNames(ir);
  const found = byBackend(state);
  const take = (backend: string, server: string): RuntimeServer | undefined => {
    const running = found.get(backend)?.get(server);
    found.get(backend)?.delete(server);
    return running;
  };
  const findings: DriftFinding[] = [];
  for (const backend of ir.backends) {
    const service = services.get(backend.name) ?? backend.name;
    for (const server of backend.servers) {
      const running = take(backend.name, server.name);
      // Nearly all are, so that nothing is made for them.
      if (running === undefined || !isAsDesired(server, running))
        findings.push(...compare(backend, service, server, running));
    }
  }
  for (const { name, server } of ir.watches) take(name, server);
  findings.push(...compareHop(take(hop, hopServer)));
  // What is left is in no configuration of ours.
  for (const server of [...found.values()].flatMap((servers) => [...servers.values()])) {
    // One that was removed stays in maintenance until its last connection has ended.
    if (server.admin === 'maintenance') continue;
    findings.push(unknown(server, services.get(server.backend) ?? server.backend));
  }
  return findings;
}

/** There are thousands of them: one map of all would need a key to be made for each. */
function byBackend({ servers }: RuntimeState): ReadonlyMap<string, Map<string, RuntimeServer>> {
  const found = new Map<string, Map<string, RuntimeServer>>();
  let own: Map<string, RuntimeServer> | undefined;
  let last: string | undefined;
  for (const server of servers) {
    if (server.backend !== last) {
      last = server.backend;
      own = found.get(last) ?? new Map();
      found.set(last, own);
    }
    own?.set(server.name, server);
  }
  return found;
}

/** Without it no write gets through. There is nothing to wish of it, so there is nothing to adopt. */
function compareHop(running: RuntimeServer | undefined): DriftFinding[] {
  if (running !== undefined && running.admin === 'ready' && running.weight > 0) return [];
  return [
    {
      key: `server ${hopKey}`,
      kind: 'server',
      what: `the hop of writes ${running === undefined ? 'is not there' : is(running)}; it should take requests`,
      correction:
        running === undefined
          ? 'reload'
          : [{ kind: 'set-server-admin', backend: hop, server: hopServer, admin: 'ready', weight: 1 }],
    },
  ];
}

/** Whether HAProxy still has servers that were removed, or were added and put in maintenance by somebody else. */
export function hasLeftovers(ir: HaproxyIr, { servers }: RuntimeState): boolean {
  const away = servers.filter(({ admin }) => admin === 'maintenance');
  if (away.length === 0) return false;
  const known = new Set([
    hopKey,
    ...ir.backends.flatMap(({ name, servers: own }) => own.map((server) => keyOf(name, server.name))),
    ...ir.watches.map(({ name, server }) => keyOf(name, server)),
  ]);
  return away.some(({ backend, name }) => !known.has(keyOf(backend, name)));
}

const hopKey = keyOf(hop, hopServer);

/** Names hold no slash. */
function keyOf(backend: string, server: string): string {
  return `${backend}/${server}`;
}

function unknown({ backend, name, admin }: RuntimeServer, service: string): DriftFinding {
  const is = admin === 'ready' ? 'takes requests' : 'is drained';
  return {
    key: `server ${keyOf(backend, name)} unknown`,
    kind: 'server',
    what: `${name} of ${service} was added behind Aorta's back and ${is}; it should not be there`,
    correction: [{ kind: 'remove-server', backend, server: name }],
  };
}

function isAsDesired(server: ServerIr, running: RuntimeServer): boolean {
  return running.address === written(server.address, server.port) && isAsWished(server, running);
}

function compare(
  backend: BackendIr,
  service: string,
  server: ServerIr,
  running: RuntimeServer | undefined,
): DriftFinding[] {
  const place = { backend: backend.name, server: server.name };
  const key = `server ${keyOf(backend.name, server.name)}`;
  if (running === undefined) {
    return [
      {
        key: `${key} missing`,
        kind: 'server',
        what: `${server.name} of ${service} is not there; ${should(server)}`,
        correction: [{ kind: 'add-server', backend, server }],
      },
    ];
  }
  const findings: DriftFinding[] = [];
  const { address, port, admin, weight } = server;
  const expected = written(address, port);
  if (running.address !== expected) {
    findings.push({
      key: `${key} address`,
      kind: 'server',
      what: `${server.name} of ${service} is at ${running.address}; it should be at ${expected}`,
      correction: [{ kind: 'set-server-address', ...place, address, port }],
    });
  }
  if (!isAsWished(server, running)) {
    findings.push({
      key: `${key} admin`,
      kind: 'server',
      what: `${server.name} of ${service} ${is(running)}; ${should(server)}`,
      adoption: adopt(place, server, running),
      correction: [{ kind: 'set-server-admin', ...place, admin, weight }],
    });
  }
  return findings;
}

function isAsWished(server: ServerIr, running: RuntimeServer): boolean {
  // In maintenance the weight does nothing, and it is set again together with the end of it.
  if (server.admin === 'maintenance') return running.admin === 'maintenance';
  if (running.admin === 'maintenance') return false;
  return weightOf(running) === effectiveWeight(server);
}

/** HAProxy takes weight 0 and its drain state for the same, and so do we. */
function weightOf({ admin, weight }: RuntimeServer): number {
  return admin === 'drain' ? 0 : weight;
}

function is(running: RuntimeServer): string {
  if (running.admin === 'maintenance') return 'is in maintenance';
  const weight = weightOf(running);
  return weight === 0 ? 'is drained' : `takes requests (weight ${weight})`;
}

function should(server: ServerIr): string {
  switch (server.admin) {
    case 'maintenance':
      return 'it should be in maintenance';
    case 'drain':
      return 'it should be drained';
    case 'ready':
      return server.weight === 0
        ? 'it should get no new requests (weight 0)'
        : `it should take requests (weight ${server.weight})`;
    default:
      return unreachable(server.admin, 'admin state');
  }
}

function adopt(place: ServerPlace, desired: ServerIr, running: RuntimeServer): Adoption {
  // A stricter state than desired comes on top of what is wished already.
  if (running.admin === 'maintenance') return { ...place, ends: [], wish: { kind: 'maintenance' } };
  const weight = weightOf(running);
  if (weight === 0) {
    const ends = desired.admin === 'maintenance' ? (['maintenance'] as const) : [];
    return { ...place, ends, wish: { kind: 'drain' } };
  }
  // It takes requests, so everything ends that keeps them from it: under a maintenance there may be a drain.
  const ends = desired.admin === 'ready' ? [] : (['maintenance', 'drain'] as const);
  return { ...place, ends, ...(weight === desired.weight ? {} : { wish: { kind: 'weight', weight } }) };
}

/** As HAProxy writes it. Canonical IPv6 addresses are the same there, but for the reserved range ::/96. */
export function written(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
