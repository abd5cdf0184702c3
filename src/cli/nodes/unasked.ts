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
