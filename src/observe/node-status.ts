import type { AddressState, AnnouncementState, TrackedFile, VrrpInstance } from '../dataplane/port.ts';
import { isIpv6, toAddress } from '../model/address.ts';
import type { Configuration, ConfiguredAnnouncement } from '../model/configuration.ts';
import type { Name } from '../model/name.ts';
import type { AnnouncementStatus, GroupStatus, NodeStatus } from '../model/status.ts';
import { sinceWords } from './since-words.ts';

/**
 * What a node of a pair holds, in words.
 * @param at now, in milliseconds since 1970
 */
export function nodeStatus(name: Name, { ha }: Configuration, state: AddressState, at: number): NodeStatus {
  const announcement =
    ha?.announce === undefined || state.announcement === undefined
      ? undefined
      : announcementStatus(ha.announce, state.announcement);
  return {
    name,
    conditions: [
      ...(announcement === undefined ? missing(state) : unannounced(announcement, state)),
      ...given(state, at),
    ],
    reachedAt: state.ownAddresses.flatMap((address) => toAddress(address) ?? []),
    nodes: (ha?.nodes ?? []).map((node) => node.name),
    ...(announcement === undefined ? {} : { announcement }),
    groups: (announcement === undefined ? (ha?.groups ?? []) : []).map((group): GroupStatus => {
      const seen = state.instances.find((instance) => instance.name === group.name);
      return {
        name: group.name,
        preferred: group.preferred === name,
        ...(group.preferred === undefined ? {} : { prefers: group.preferred }),
        ...(seen?.away === undefined ? {} : { away: seen.away }),
        ...(seen?.priority === undefined ? {} : { priority: seen.priority }),
        ...stateOf(seen),
        addresses: group.addresses.map((address) => ({
          address,
          held: seen?.addresses.some((one) => one.address === address && one.held) ?? false,
        })),
      };
    }),
    // Where addresses are announced none moves, and what moved before is no news.
    ...(announcement === undefined ? past(state, ha) : {}),
  };
}

/** How many past moves are told of all that are kept. */
const told = 20;

/** Of groups that there are no more, nobody asks. */
function past(
  { moves, rehearsal }: AddressState,
  ha: Configuration['ha'],
): Pick<NodeStatus, 'moves' | 'rehearsal'> {
  const known = moves.filter(({ group }) => ha?.groups.some(({ name }) => name === group));
  return {
    ...(known.length === 0 ? {} : { moves: known.slice(-told).toReversed() }),
    ...(rehearsal === undefined ? {} : { rehearsal }),
  };
}

function announcementStatus(
  { routers }: ConfiguredAnnouncement,
  state: AnnouncementState,
): AnnouncementStatus {
  const addresses = state.addresses.flatMap((address) => toAddress(address) ?? []);
  const { withdrawal } = state;
  const told = routers.map(({ name, address, as }) => {
    const seen = state.routers.find((one) => one.address === address);
    const of = addresses.filter((one) => isIpv6(one) === isIpv6(address)).length;
    return { name, address, as, session: seen?.state ?? 'unknown', told: seen?.told ?? 0, of };
  });
  return {
    addresses,
    state: announcedAs(told, withdrawal !== undefined),
    ...(withdrawal === undefined ? {} : { withdrawal }),
    routers: told,
  };
}

function announcedAs(
  routers: AnnouncementStatus['routers'],
  isWithdrawn: boolean,
): AnnouncementStatus['state'] {
  if (routers.every(({ told }) => told === 0)) return isWithdrawn ? 'withdrawn' : 'silent';
  return routers.every(({ told, of }) => told === of) && !isWithdrawn ? 'announced' : 'partly';
}

/** Why clients do not come here, or would go on to come to a node that is ill. */
function unannounced(
  { routers, withdrawal }: AnnouncementStatus,
  { bird, watchdog }: AddressState,
): string[] {
  const apart = routers.filter(({ session }) => session !== 'established');
  const untold = routers.filter(
    ({ session, told, of }) => session === 'established' && told < of && withdrawal === undefined,
  );
  return [
    ...(bird === undefined ? ['BIRD does not run: no router sends clients to this node.'] : []),
    ...(bird === undefined
      ? []
      : apart.map(
          ({ name, address, session }) =>
            `There is no session with the router ${name} (${address}): it is ${session}.`,
        )),
    ...(bird === undefined
      ? []
      : untold.map(({ name, told, of }) => `The router ${name} is told of ${told} of ${of} addresses.`)),
    ...(watchdog === undefined ? ['The watchdog does not run: nobody notices a HAProxy that hangs.'] : []),
  ];
}

function stateOf(seen: VrrpInstance | undefined): Pick<GroupStatus, 'state' | 'since'> {
  if (seen?.state === undefined) return { state: 'unknown' };
  return { state: seen.state, ...(seen.since === undefined ? {} : { since: seen.since }) };
}

function missing({ keepalived, watchdog, instances }: AddressState): string[] {
  const silent = keepalived !== undefined && instances.some(({ state }) => state === undefined);
  return [
    ...(keepalived === undefined ? ['keepalived does not run: nobody moves the addresses.'] : []),
    ...(silent ? ['keepalived does not say what it holds.'] : []),
    ...(watchdog === undefined ? ['The watchdog does not run: nobody notices a HAProxy that hangs.'] : []),
  ];
}

/** Why keepalived is told not to hold addresses, and what is left when nobody told it. */
function given({ health, instances, announcement }: AddressState, at: number): string[] {
  const role = announcement === undefined ? 'takes' : 'announces';
  const sick = health?.fault === true;
  const faults = instances
    .filter(({ state, givesUpSince }) => state === 'fault' && givesUpSince === undefined)
    .map(({ name }) => name);
  return [
    ...(sick ? [`HAProxy does not serve, so this node ${role} no address (${since(health, at)}).`] : []),
    ...instances.flatMap(({ name, givesUpSince }) =>
      givesUpSince === undefined
        ? []
        : [`This node gives ${name} away (${since({ since: givesUpSince }, at)}).`],
    ),
    ...(faults.length > 0 && !sick
      ? [`This node cannot hold ${faults.join(' and ')}: an interface has no link, or HAProxy has died.`]
      : []),
  ];
}

/** Seconds matter here as long as it lasts no longer than a minute. */
function since({ since: began }: Pick<TrackedFile, 'since'>, at: number): string {
  return at - began < 60_000 ? `for ${Math.max(0, Math.round((at - began) / 1000))} s` : sinceWords(began);
}
