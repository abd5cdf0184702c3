import type { Status } from '../../model/status.ts';
import { listOf } from './node-words.ts';

/**
 * Why nobody can say that no request is under way: nodes that share a store drain together, and each has sessions of its
 * own. A clause; undefined when all of them were asked.
 * @param asked how many were
 */
export function unaskedNodes({ store }: Pick<Status, 'store'>, asked: number): string | undefined {
  if (store === undefined) return undefined;
  const nodes = store.nodes.map(({ name }) => name);
  // Since this controller was started, the store has not answered.
  if (nodes.length === 0 && asked === 1) return 'it is not known which other nodes may send it requests';
  if (nodes.length <= asked) return undefined;
  const each = nodes.map((name) => `--node ${name}`).join(' ');
  return `${listOf(nodes)} share a store, each has sessions of its own, and not all were asked (${each})`;
}

/**
 * What nobody asked the other nodes of a pair that share no store for. A line for people; undefined when all were asked.
 * Those that were not have no part in what is under way, and may come to send requests at any time.
 * @param asked how many were
 */
export function unaskedPair(
  { store, node }: Pick<Status, 'store' | 'node'>,
  target: string,
  asked: number,
): string | undefined {
  const nodes = node?.nodes ?? [];
  if (store !== undefined || nodes.length <= asked) return undefined;
  const each = nodes.map((name) => `--node ${name}`).join(' ');
  return `only ${asked === 1 ? 'one' : asked} of ${listOf(nodes)} was asked: ${target} gets requests again when addresses move to another; ask all with ${each}`;
}
