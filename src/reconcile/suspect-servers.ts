import { isDeepStrictEqual } from 'node:util';
import type { BackendIr, HaproxyIr, ServerIr } from '../ir/haproxy.ts';
import { authoritiesOf } from './server-probe.ts';

/** A pool with the servers that a change may have made unreachable. */
export interface SuspectPool {
  readonly backend: BackendIr;
  readonly servers: readonly ServerIr[];
}

/**
 * The servers that a change could make unreachable: those that were not there before, and all of a pool that is new
 * or asked in another way. Never one that nothing changed for, so that a service which is down anyway does not
 * hinder a change of another; and never one in maintenance, which is not checked.
 * @param current absent before the first start: then all servers are new
 */
export function suspectServers(current: HaproxyIr | undefined, desired: HaproxyIr): SuspectPool[] {
  const known = new Map(current?.backends.map((backend) => [backend.name, backend]));
  const replaced = replacedAuthorities(current, desired);
  return desired.backends.flatMap((backend) => {
    const before = known.get(backend.name);
    const asBefore = before !== undefined && !isAskedAnew(before, backend, replaced);
    const places = new Set(asBefore ? before.servers.map(place) : []);
    const servers = backend.servers.filter(
      (server) => server.admin !== 'maintenance' && !places.has(place(server)),
    );
    return servers.length === 0 ? [] : [{ backend, servers }];
  });
}

/** Files of authorities that are new or hold others than before. */
function replacedAuthorities(current: HaproxyIr | undefined, desired: HaproxyIr): ReadonlySet<string> {
  const before = current === undefined ? undefined : authoritiesOf(current);
  const changed = [...authoritiesOf(desired)].filter(
    ([path, certificates]) => !isDeepStrictEqual(before?.get(path), certificates),
  );
  return new Set(changed.map(([path]) => path));
}

function isAskedAnew(before: BackendIr, now: BackendIr, replaced: ReadonlySet<string>): boolean {
  if (now.tls?.verify === 'required' && replaced.has(now.tls.authorityFile)) return true;
  return !isDeepStrictEqual(asked(before), asked(now));
}

/** All that one check depends on; how often it is repeated is not among it. */
function asked({ check, timeouts, tls }: BackendIr): unknown {
  const { interval: _, fastInterval: __, downInterval: ___, fall: ____, rise: _____, ...question } = check;
  return { question, timeLimit: timeouts.check, tls };
}

function place({ address, port }: ServerIr): string {
  return `${address} ${port}`;
}
