import { isDeepStrictEqual } from 'node:util';
import type { BackendIr, HaproxyIr } from '../../ir/haproxy.ts';

/** Checks are spread by as much, as `spread-checks 10` in the global section says. */
const spread = 1.1;

/** For what is not the check itself: a look at the result, a busy machine. */
const reserve = 1_000;

/**
 * How long a change must be watched so that each server which is new, or is checked in another way, was checked at
 * least once. Until then it counts as up; one failing first check takes it down at once (measured with 2.6 and 3.0).
 * @param current what is in service; absent when nothing is
 * @param asked milliseconds; 0 stays 0
 */
export function windowFor(current: HaproxyIr | undefined, desired: HaproxyIr, asked: number): number {
  if (asked === 0) return 0;
  const before = new Map(current?.backends.map((backend) => [backend.name, backend]));
  let longest = asked;
  for (const backend of desired.backends) {
    if (!hasUnchecked(before.get(backend.name), backend)) continue;
    longest = Math.max(longest, Math.ceil(timeToCheck(backend)));
  }
  return longest;
}

/**
 * A server is first checked at the fast rhythm, which may be declared slower than the ordinary one. A server that is
 * not there at all fails when the connection takes too long, one that hangs when its answer does.
 */
function timeToCheck({ check, timeouts }: BackendIr): number {
  const interval = Math.max(check.interval, check.fastInterval);
  return interval * spread + Math.max(timeouts.check, Math.min(timeouts.connect, interval)) + reserve;
}

function hasUnchecked(before: BackendIr | undefined, after: BackendIr): boolean {
  if (before === undefined) return true;
  // How a server is spoken to is part of its check: with TLS or without, with which authority and name.
  const checkedAlike =
    isDeepStrictEqual(before.check, after.check) &&
    isDeepStrictEqual(before.tls, after.tls) &&
    before.timeouts.check === after.timeouts.check;
  if (!checkedAlike) return true;
  const known = new Map(before.servers.map(({ name, address, port }) => [name, `${address} ${port}`]));
  return after.servers.some(({ name, address, port }) => known.get(name) !== `${address} ${port}`);
}
