import { Failure } from '../../kernel/failure.ts';
import { byCodeUnits } from '../../kernel/order.ts';
import type { Address } from '../../model/address.ts';
import { heldAddresses } from '../../model/held-addresses.ts';
import type { Name } from '../../model/name.ts';
import type { GroupStatus, NodeStatus, Status } from '../../model/status.ts';
import { asidePoints, succession } from '../../model/succession.ts';
import type { SeenNode } from './look.ts';
import { listOf } from './node-words.ts';
import { refuseAnnounced } from './refuse-announced.ts';

/** Which groups of addresses are to move, and where to. */
export interface Wish {
  /** The name of the node that is to have them; absent: for each group the node that would take it over by itself. */
  readonly to?: string | undefined;
  /** Only what this node holds. */
  readonly from?: string | undefined;
  /** Only these. */
  readonly groups?: readonly string[] | undefined;
  /** Each group to the node that it prefers. */
  readonly home?: boolean;
}

/** Groups that one node gives to another. Nodes go by the names that the operator calls them by. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly groups: readonly Name[];
  readonly addresses: readonly Address[];
  /** What the giver is reached at, on the network of the addresses. */
  readonly owner: readonly Address[];
  /** Nodes that could come before the taker. */
  readonly makeWay: readonly string[];
  /** The groups that prefer the giver, which leaves them to others from now on. */
  readonly leaves: readonly Name[];
}

/** What is to be done, in order. */
export interface MovePlan {
  readonly moves: readonly Move[];
  /** Nodes that hold groups although they were told to leave them to others; they are to know that all is well again. */
  readonly stays: readonly { readonly node: string; readonly groups: readonly Name[] }[];
  /** Nodes that were not named, and would come before the taker if they run. */
  readonly unasked: readonly string[];
}

/** A node that answered. */
interface Side {
  readonly name: string;
  readonly status: Status & { readonly node: NodeStatus };
}

/**
 * Which node gives which groups to which. Pure.
 * @throws Failure `bad-request`, `unknown-node`, `no-pair`, `node-unfit`, and why a node that matters did not answer
 */
export function planMoves(seen: readonly SeenNode[], wish: Wish): MovePlan {
  if (seen.length < 2) {
    throw new Failure('bad-request', 'addresses are moved between nodes', 'name all of them with --node');
  }
  const sides = seen.flatMap(sideOf);
  const to = wish.to === undefined ? undefined : named(wish.to, '--to', seen, sides);
  const from = wish.from === undefined ? undefined : named(wish.from, '--from', seen, sides);
  const names = chosenGroups(wish, sides, from, to);
  const planned = names.map((name) => planGroup(name, { wish, seen, sides, from, to }));
  const steps = planned.flatMap((one) => one ?? []);
  const byPair = Map.groupBy(
    steps.filter((step) => step.from !== step.to),
    (step) => `${step.from.name} ${step.to.name}`,
  );
  const staying = Map.groupBy(
    steps.filter((step) => step.from === step.to),
    (step) => step.from.name,
  );
  return {
    moves: [...byPair.values()].map(joined),
    stays: [...staying].map(([node, all]) => ({ node, groups: all.map(({ group }) => group.name) })),
    unasked: [...new Set(steps.flatMap(({ unasked }) => unasked))],
  };
}

/** `main from lb-a to lb-b`. */
export function moveWords({ from, to, groups }: Move): string {
  return `${listOf(groups)} from ${from} to ${to}`;
}

/** One group on its way. The same node twice: it holds the group, and is to know that it is welcome there. */
interface Step {
  readonly from: Side;
  readonly to: Side;
  readonly group: GroupStatus;
  readonly makeWay: readonly string[];
  readonly unasked: readonly string[];
}

interface Scene {
  readonly wish: Wish;
  readonly seen: readonly SeenNode[];
  readonly sides: readonly Side[];
  readonly from: Side | undefined;
  readonly to: Side | undefined;
}

function planGroup(name: Name, { wish, seen, sides, from, to }: Scene): Step | undefined {
  const holders = sides.filter((side) => holds(side, name));
  const [holder, second] = holders;
  if (second !== undefined) {
    const who = listOf(holders.map((side) => side.name));
    const mend = 'see `aorta status` of them: they have to hear each other';
    throw new Failure('node-unfit', `${who} hold ${name} at the same time; no address was moved`, mend);
  }
  if (from !== undefined && holder !== from) return undefined;
  if (holder === undefined) {
    // It may well be one that does not answer.
    const silent = failureIn(seen);
    if (silent !== undefined) throw silent;
    return undefined;
  }
  const group = groupOf(holder, name);
  if (group === undefined) return undefined;
  if (wish.home === true) {
    const preferred = sides.find((side) => side.status.node.name === group.prefers);
    if (preferred === undefined) {
      if (group.prefers !== undefined) named(group.prefers, '--node', seen, sides);
      return undefined;
    }
    if (preferred === holder && group.away === undefined) return undefined;
    return stepTo(preferred, { holder, group, seen, sides });
  }
  if (to !== undefined) return to === holder ? undefined : stepTo(to, { holder, group, seen, sides });
  return stepTo(successorOf(group, holder, sides, seen), { holder, group, seen, sides });
}

function stepTo(
  to: Side,
  {
    holder,
    group,
    seen,
    sides,
  }: Pick<Scene, 'seen' | 'sides'> & { readonly holder: Side; readonly group: GroupStatus },
): Step {
  const { name } = group;
  if (to === holder) return { from: holder, to, group, makeWay: [], unasked: [] };
  const trouble = unfitness(name, holder, to);
  if (trouble !== undefined) throw trouble;
  const others = sides.filter((side) => side !== holder && side !== to);
  const stronger = others.find((side) => comesBeforeAnyway(side, to, name));
  if (stronger !== undefined) {
    throw new Failure(
      'node-unfit',
      `${stronger.name} would take ${name} before ${to.name}, also when it makes way; no address was moved`,
      `see whether ${to.name} reaches the gateway, and try again: it counts again after three answers`,
    );
  }
  const known = new Set(sides.map(({ status }) => status.node.name));
  const absent = to.status.node.nodes.filter((node) => !known.has(node) && mayComeBefore(node, name, to));
  // A silent node may run without its controller, and nobody can ask it to make way.
  const silent = seen.find(
    (one) => one.kind === 'silent' && absent.some((node) => node === one.name || !isOfPair(one.name, to)),
  );
  if (silent?.kind === 'silent') {
    throw new Failure(
      silent.failure.code,
      `${silent.failure.message}; if it runs, it takes ${name} before ${to.name}; no address was moved`,
      'mend that; if it has no power, leave it out of the command',
    );
  }
  const silentNames = new Set(seen.filter(({ kind }) => kind === 'silent').map((one) => one.name as Name));
  return {
    from: holder,
    to,
    group,
    makeWay: others.filter((side) => !isBehind(side, to, name)).map((side) => side.name),
    unasked: absent.filter((node) => !silentNames.has(node)),
  };
}

/** Whether a node is certain to let another one take over first. One that comes back counts as it will then. */
function isBehind(side: Side, taker: Side, name: Name): boolean {
  const [own, its] = [groupOf(side, name), groupOf(taker, name)];
  if (own?.priority === undefined || its?.priority === undefined || its.away !== undefined) return false;
  return own.priority < its.priority;
}

/** A taker that has lost its gateway is wanted less than a node that makes way. */
function comesBeforeAnyway(side: Side, taker: Side, name: Name): boolean {
  const [own, its] = [groupOf(side, name), groupOf(taker, name)];
  if (own?.priority === undefined || its?.priority === undefined || own.state !== 'backup') return false;
  const aside = own.away === undefined ? own.priority - asidePoints : own.priority;
  return aside >= its.priority + (its.away === undefined ? 0 : asidePoints);
}

/** Whether a node that says nothing comes before the taker, if it runs: by its place, which is all that is known of it. */
function mayComeBefore(node: Name, group: Name, taker: Side): boolean {
  return succession([node, taker.status.node.name], groupOf(taker, group)?.prefers)[0] === node;
}

/** Where a group would go by itself, among those that serve as well as its holder does. */
function successorOf(
  group: GroupStatus,
  holder: Side,
  sides: readonly Side[],
  seen: readonly SeenNode[],
): Side {
  const others = sides
    .filter((side) => side !== holder)
    .toSorted(
      (a, b) =>
        (groupOf(b, group.name)?.priority ?? 0) - (groupOf(a, group.name)?.priority ?? 0) ||
        byCodeUnits(a.status.node.name, b.status.node.name),
    );
  const fit = others.find((side) => unfitness(group.name, holder, side) === undefined);
  if (fit !== undefined) return fit;
  const [first] = others;
  const why = first === undefined ? undefined : unfitness(group.name, holder, first);
  throw (
    why ??
    failureIn(seen) ??
    new Failure('node-unfit', `no other node could take ${group.name}`, 'see `aorta status` of them')
  );
}

/** A node that would serve worse than the one that holds the addresses must not get them by mistake. */
function unfitness(group: Name, from: Side, to: Side): Failure | undefined {
  const { name } = to;
  const unfit = (what: string, mend: string) =>
    new Failure('node-unfit', `${what}; no address was moved`, mend);
  const [condition] = to.status.node.conditions;
  if (condition !== undefined)
    return unfit(`${name}: ${condition.replace(/\.$/, '')}`, `see \`aorta status\` of it`);
  if (from.status.declaration.digest !== to.status.declaration.digest) {
    const mend = 'apply the same declaration to both first';
    return unfit(`${from.name} and ${name} serve different declarations`, mend);
  }
  const state = groupOf(to, group)?.state;
  if (state !== 'backup' && state !== 'master')
    return unfit(
      `${name} cannot hold ${group}: it is ${state ?? 'unknown there'}`,
      'see `aorta status` of it',
    );
  const down = to.status.services.filter((one) => one.state === 'down').map(({ name: service }) => service);
  const worse = down.filter(
    (service) => from.status.services.find((one) => one.name === service)?.state !== 'down',
  );
  if (worse.length === 0) return undefined;
  return unfit(
    `${listOf(worse)} ${worse.length === 1 ? 'is' : 'are'} down on ${name}, and not on ${from.name}`,
    'mend that first',
  );
}

/** The groups that a command is about, before it is known who holds them. */
function chosenGroups(
  { groups: wanted = [], home }: Wish,
  sides: readonly Side[],
  from: Side | undefined,
  to: Side | undefined,
): readonly Name[] {
  const all = [...new Set(sides.flatMap(({ status }) => status.node.groups.map(({ name }) => name)))];
  const strange = wanted.find((name) => !all.includes(name as Name));
  if (strange !== undefined) {
    throw new Failure(
      'bad-request',
      `there is no group of addresses ${strange}`,
      `use one of: ${all.join(', ')}`,
    );
  }
  if (wanted.length > 0) return all.filter((name) => wanted.includes(name));
  const holders = sides.filter(({ status }) => heldAddresses(status.node.groups).length > 0);
  if (home === true || from !== undefined || to !== undefined || holders.length < 2) return all;
  throw new Failure(
    'bad-request',
    `${listOf(holders.map(({ name }) => name))} hold addresses`,
    'say with --from which node is to give its own, with --to which one is to hold all, or with --group which',
  );
}

function sideOf(one: SeenNode): Side[] {
  if (one.kind === 'silent') return [];
  const { name, status } = one;
  refuseAnnounced(status);
  if (status.node !== undefined) return [{ name, status: { ...status, node: status.node } }];
  const mend = 'declare `ha` and write a node file: docs/how-to/pair.md';
  throw new Failure('no-pair', `${name} has no addresses that move`, mend);
}

function named(wanted: string, option: string, seen: readonly SeenNode[], sides: readonly Side[]): Side {
  const found = sides.find(({ name, status }) => name === wanted || status.node.name === wanted);
  if (found !== undefined) return found;
  const silent = seen.find((one) => one.kind === 'silent' && one.name === wanted);
  if (silent?.kind === 'silent') throw silent.failure;
  const names = listOf(seen.map(({ name }) => name));
  throw new Failure('unknown-node', `${wanted} is none of ${names}`, `name one of them with ${option}`);
}

function joined(steps: readonly Step[]): Move {
  const [first] = steps;
  if (first === undefined) throw new Error('a move without a group');
  const { from, to } = first;
  const groups = steps.map(({ group }) => group);
  return {
    from: from.name,
    to: to.name,
    groups: groups.map(({ name }) => name),
    addresses: heldAddresses(groups),
    owner: from.status.node.reachedAt,
    makeWay: [...new Set(steps.flatMap(({ makeWay }) => makeWay))],
    leaves: groups.filter(({ preferred }) => preferred).map(({ name }) => name),
  };
}

function failureIn(seen: readonly SeenNode[]): Failure | undefined {
  return seen.flatMap((one) => (one.kind === 'silent' ? one.failure : []))[0];
}

function groupOf({ status }: Side, group: Name): GroupStatus | undefined {
  return status.node.groups.find(({ name }) => name === group);
}

function holds(side: Side, group: Name): boolean {
  const found = groupOf(side, group);
  return found !== undefined && heldAddresses([found]).length > 0;
}

function isOfPair(name: string, { status }: Side): boolean {
  return status.node.nodes.some((node) => node === name);
}
