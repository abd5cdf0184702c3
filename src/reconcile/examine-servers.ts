import type { DataPlane } from '../dataplane/port.ts';
import type { ProbeResult } from '../dataplane/probe-port.ts';
import { type BackendIr, effectiveWeight, type HaproxyIr, type ServerIr } from '../ir/haproxy.ts';
import type { Clock } from '../kernel/clock.ts';
import { someOf } from '../kernel/some-of.ts';
import type { Refusal } from './outcome.ts';
import { authoritiesOf, serverProbe } from './server-probe.ts';
import { type SuspectPool, suspectServers } from './suspect-servers.ts';

/** Servers that are tried at the same time. */
const atOnce = 32;
/** How long one server is awaited at most, in milliseconds, also when its check would wait longer. */
const longestProbe = 5_000;
/** How long all of it may take, in milliseconds: somebody waits for the change. */
const longestExamination = 15_000;
/** Timers and clocks may differ by so much, in milliseconds. */
const inexactness = 5;

/** By server; a server is absent when it was not tried, or not for as long as its check would wait. */
type Results = ReadonlyMap<ServerIr, ProbeResult>;

/**
 * Tries the servers that a change could make unreachable, as their health checks will. A server that fails is a
 * warning. A pool that no server would be left in is an error; but a warning before the first start, because a
 * balancer must be able to start before its servers.
 * @param current what is in service; absent before the first start
 */
export async function examineServers(
  current: { readonly ir: HaproxyIr } | undefined,
  desired: { readonly ir: HaproxyIr },
  dataPlane: Pick<DataPlane, 'probe'>,
  clock: Clock,
): Promise<Refusal[]> {
  const pools = suspectServers(current?.ir, desired.ir);
  const results = await tryServers(pools, desired.ir, dataPlane, clock);
  const gravity = current === undefined ? 'warning' : 'error';
  return pools.flatMap((pool) => findings(pool, results, gravity));
}

async function tryServers(
  pools: readonly SuspectPool[],
  ir: HaproxyIr,
  dataPlane: Pick<DataPlane, 'probe'>,
  clock: Clock,
): Promise<Results> {
  const authorities = authoritiesOf(ir);
  const results = new Map<ServerIr, ProbeResult>();
  const end = clock.now() + longestExamination;
  const waiting = byTurns(pools).values();
  const work = async (): Promise<void> => {
    for (const { backend, server } of waiting) {
      const begun = clock.now();
      const limit = Math.min(backend.timeouts.check, longestProbe, end - begun);
      if (limit <= 0) return;
      const result = await dataPlane.probe(serverProbe(backend, server, authorities), limit);
      const cutShort = limit < backend.timeouts.check && clock.now() - begun >= limit - inexactness;
      if (result.kind === 'passed' || !cutShort) results.set(server, result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

/** Of servers with the same fault, as many as are named. */
const mostNamed = 5;

/** The first server of each pool, then the second of each: many dead servers of one pool do not use up the time. */
function byTurns(pools: readonly SuspectPool[]): { backend: BackendIr; server: ServerIr }[] {
  return pools
    .flatMap(({ backend, servers }) => servers.map((server, turn) => ({ backend, server, turn })))
    .sort((a, b) => a.turn - b.turn);
}

function findings(
  { backend, servers }: SuspectPool,
  results: Results,
  gravity: 'error' | 'warning',
): Refusal[] {
  const fault = (server: ServerIr): string | undefined => {
    const result = results.get(server);
    return result?.kind === 'failed' ? result.what : undefined;
  };
  const takers = backend.servers.filter(takesRequests);
  const isOut = takers.length > 0 && takers.every((server) => fault(server) !== undefined);
  const found: Refusal[] = [];
  if (isOut) {
    const alike = Map.groupBy(takers, (server) => fault(server) ?? '');
    const faults = [...alike].map(([what, ones]) => {
      const names = ones.map((server) => named(backend, server));
      return `${someOf(names, mostNamed)}: ${what}`;
    });
    found.push({
      code: 'pool-unreachable',
      severity: gravity,
      path: backend.origin,
      what: `no server would pass its health check now, so nobody would be served: ${faults.join('; ')}`,
      mend: 'see whether the servers run, or correct their addresses, ports or the health check',
    });
  }
  for (const server of servers) {
    const what = fault(server);
    if (what === undefined || (isOut && takesRequests(server))) continue;
    found.push({
      code: 'server-unreachable',
      severity: 'warning',
      path: server.origin,
      what: `${named(backend, server)} would not pass its health check now: ${what}`,
      mend: 'see whether the server runs, or correct its address, port or health check; it gets requests when it passes',
    });
  }
  const untried = servers.filter((server) => !results.has(server));
  if (untried.length > 0) found.push(unknown(backend, untried, servers.length));
  return found;
}

function unknown({ origin }: BackendIr, untried: readonly ServerIr[], all: number): Refusal {
  const which = untried.length === all ? 'its servers' : untried.map(({ name }) => name).join(', ');
  return {
    code: 'server-unreachable',
    severity: 'warning',
    path: origin,
    what: `whether ${which} can be reached could not be found out in the time that a change may take`,
    mend: 'look at the status after the change',
  };
}

/** One that is drained or has no weight is spared by intent: the service neither counts on it nor loses it. */
function takesRequests(server: ServerIr): boolean {
  return server.admin !== 'maintenance' && effectiveWeight(server) > 0;
}

function named({ check }: BackendIr, { name, address, port }: ServerIr): string {
  const where = address.includes(':') ? `[${address}]` : address;
  return `${name} (${where}:${check.port ?? port})`;
}
