import type { Holding, Mark, Pair, Recording } from './recording.ts';
import { inWords } from './units.ts';

/** Which nodes hold every virtual address at a moment. More than one: a split brain. */
export function holdersAt(
  { addresses, holdings }: Pick<Pair, 'addresses' | 'holdings'>,
  at: number,
): string[] {
  const held = new Map<string, Set<string>>();
  for (const one of holdings) {
    if (one.at > at) continue;
    const its = held.get(one.node) ?? new Set();
    if (one.holds) its.add(one.address);
    else its.delete(one.address);
    held.set(one.node, its);
  }
  return [...held]
    .filter(([, its]) => addresses.every((one) => its.has(one)))
    .map(([node]) => node)
    .sort();
}

/** Each time that the address which clients use came to a node, from a moment on. */
export function movesFrom({ addresses, holdings }: Pair, from: number): Holding[] {
  return holdings.filter(({ at, address, holds }) => holds && at >= from && address === addresses[0]);
}

export interface Takeover {
  /** Who has the address after it. */
  readonly node: string;
  /** From the action to the address, in milliseconds. */
  readonly address: number;
  /** From the action to the first success after that. */
  readonly answer: number;
}

/**
 * How long the address and the service were away because of an action. A success before the address has moved may still
 * come from the node that had it, so it does not count; nor does a move after the next fault.
 * @returns undefined when the address came to nobody
 */
export function takeoverAfter(
  { pair, samples, marks }: Recording,
  action: { readonly at: number },
): Takeover | undefined {
  if (pair === undefined) return undefined;
  const next =
    marks.find(({ at, kind }) => at > action.at && kind === 'fault')?.at ?? Number.POSITIVE_INFINITY;
  const move = movesFrom(pair, action.at).find(({ at }) => at < next);
  if (move === undefined) return undefined;
  const answered = samples.reduce(
    (first, { outcome, end }) => (outcome === 'ok' && end >= move.at ? Math.min(first, end) : first),
    Number.POSITIVE_INFINITY,
  );
  return { node: move.node, address: move.at - action.at, answer: answered - action.at };
}

/** Each fault that moved the address, and how long that took. */
export function takeovers(recording: Recording): { readonly mark: Mark; readonly takeover: Takeover }[] {
  return recording.marks.flatMap((mark) => {
    const takeover = mark.kind === 'fault' ? takeoverAfter(recording, mark) : undefined;
    return takeover === undefined ? [] : [{ mark, takeover }];
  });
}

/** From the action to an answer, for a person. */
export function takeoverWords({ node, address, answer }: Takeover): string {
  const answered = Number.isFinite(answer) ? `an answer after ${inWords(answer)}` : 'no answer';
  return `by ${node}, the address after ${inWords(address)}, ${answered}`;
}
