import type { AddressState, TrackedFile, VrrpInstance } from '../dataplane/port.ts';
import { toAddress } from '../model/address.ts';
import type { Configuration } from '../model/configuration.ts';
import type { Name } from '../model/name.ts';
import type { GroupStatus, NodeStatus } from '../model/status.ts';
import { sinceWords } from './since-words.ts';

/**
 * What a node of a pair holds, in words.
 * @param at now, in milliseconds since 1970
 */
export function nodeStatus(name: Name, { ha }: Configuration, state: AddressState, at: number): NodeStatus {
  return {
    name,
    conditions: [...missing(state), ...given(state, at)],
    reachedAt: state.ownAddresses.flatMap((address) => toAddress(address) ?? []),
    nodes: (ha?.nodes ?? []).map((node) => node.name),
    groups: (ha?.groups ?? []).map((group): GroupStatus => {
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
    ...past(state, ha),
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
function given({ health, instances }: AddressState, at: number): string[] {
  const sick = health?.fault === true;
  const faults = instances
    .filter(({ state, givesUpSince }) => state === 'fault' && givesUpSince === undefined)
    .map(({ name }) => name);
  return [
    ...(sick ? [`HAProxy does not serve, so this node takes no address (${since(health, at)}).`] : []),
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
