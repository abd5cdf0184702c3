import type { HaproxyNames } from '../ir/haproxy-names.ts';
import type { Configuration, ConfiguredWatch } from '../model/configuration.ts';
import type { RuntimeState } from '../model/runtime-state.ts';
import type { HostStatus, WatchStatus } from '../model/status.ts';
import { outcomeWords } from './check-words.ts';

/** The machines that no pool names, and those of which something is watched. */
export function hostStatuses(
  { hosts, virtualServices }: Configuration,
  names: HaproxyNames,
  state: RuntimeState | undefined,
): HostStatus[] {
  const balanced = new Set(virtualServices.flatMap(({ pool }) => pool.servers.map((server) => server.host)));
  return hosts
    .filter(({ name, watches = [] }) => !balanced.has(name) || watches.length > 0)
    .map(({ name, address, roles, watches = [] }) => ({
      name,
      address,
      roles,
      watches: watches.map((watch) => watchStatus(watch, names, state)),
    }));
}

function watchStatus(
  watch: ConfiguredWatch,
  names: HaproxyNames,
  state: RuntimeState | undefined,
): WatchStatus {
  const { port, type, role } = watch.watch;
  const wanted = names.watch(watch);
  const seen = state?.servers.find((one) => one.backend === wanted?.name && one.name === wanted.server);
  const own = { port, type, ...(role === undefined ? {} : { role }) };
  if (seen === undefined || seen.admin === 'maintenance') return { ...own, state: 'unknown' };
  const isDown = seen.operational === 'down' || seen.operational === 'going-up';
  // A server counts as up until its first check has ended.
  if (!isDown && seen.check === undefined) return { ...own, state: 'unknown' };
  return {
    ...own,
    state: isDown ? 'down' : 'up',
    since: seen.since,
    ...(seen.check === undefined ? {} : { check: outcomeWords(seen.check) }),
  };
}
