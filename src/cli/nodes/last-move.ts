import type { AddressMove, MoveCause } from '../../model/address-move.ts';
import type { SeenNode } from './look.ts';

/** How a group came to the node that it came to last, from what the watchdogs of several nodes wrote down. */
export interface LastMove {
  readonly group: string;
  /** When it was seen there, in milliseconds since 1970, by the clock here. */
  readonly at: number;
  readonly to: string;
  /** Who had it before; absent: nobody that answered. */
  readonly from?: string;
  /** Why it left, as that node says; absent: it does not know. */
  readonly cause?: MoveCause;
  readonly outage: Outage;
}

/** How long no node served the group, between two numbers of milliseconds; what nobody saw is not known. */
export type Outage =
  | { readonly kind: 'measured'; readonly least: number; readonly most: number }
  /** The node before had let go only later, or has not yet: it was not heard. */
  | { readonly kind: 'unheard' }
  | { readonly kind: 'unknown' };

/** A move at a node, by the clock here. */
interface Placed extends AddressMove {
  readonly node: string;
}

/** The last move of each group, in the order of their names. Pure. */
export function lastMoves(seen: readonly SeenNode[]): readonly LastMove[] {
  const all = seen.flatMap(placed).sort((a, b) => a.at - b.at);
  const groups = [...new Set(all.map(({ group }) => group))].sort();
  return groups.flatMap((group) => lastMove(all.filter((move) => move.group === group)) ?? []);
}

function placed(seen: SeenNode): Placed[] {
  if (seen.kind === 'silent') return [];
  const { name: node, skew, status } = seen;
  return (status.node?.moves ?? []).map((move) => ({
    ...move,
    node,
    at: move.at - skew,
    ...(move.before === undefined ? {} : { before: move.before - skew }),
    ...(move.cause?.kind === 'unfit' ? { cause: shifted(move.cause, skew) } : {}),
  }));
}

function shifted(cause: Extract<MoveCause, { kind: 'unfit' }>, skew: number): MoveCause {
  const answered = cause.answered === undefined ? {} : { answered: cause.answered - skew };
  return { ...cause, ...answered, noticed: cause.noticed - skew };
}

/** @param moves of one group, the oldest first */
function lastMove(moves: readonly Placed[]): LastMove | undefined {
  const came = moves.findLast(({ kind }) => kind === 'came');
  if (came === undefined) return undefined;
  const { group, at, node: to } = came;
  const before = moves.findLast((one) => one.kind === 'came' && one !== came && one.at <= at);
  const base = { group, at, to };
  if (before === undefined) return { ...base, outage: { kind: 'unknown' } };
  const left = moves.find((one) => one.kind === 'left' && one.node === before.node && one.at > before.at);
  const from = before.node;
  if (left === undefined) return { ...base, from, outage: { kind: 'unheard' } };
  const cause = left.cause === undefined ? {} : { cause: left.cause };
  return { ...base, from, ...cause, outage: outageOf(left, came) };
}

function outageOf(left: Placed, came: Placed): Outage {
  // Nobody looked at one of them when it happened.
  if (left.before === undefined || came.before === undefined) return { kind: 'unknown' };
  const unfit = left.cause?.kind === 'unfit' ? left.cause : undefined;
  const from = { least: unfit?.answered ?? left.before, most: unfit?.noticed ?? left.at };
  if (came.at < from.least) return { kind: 'unheard' };
  return {
    kind: 'measured',
    least: Math.max(0, came.before - from.most),
    most: came.at - from.least,
  };
}
