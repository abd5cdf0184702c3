import type { Status } from '../../model/status.ts';
import type { CliContext } from '../context.ts';
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
 * Tells whoever waits for some nodes of a pair of the others, when they share no store: those have no part in what is under way, and
 * may come to send requests at any time.
 * @param target what gets no requests from the nodes that were asked
 * @param asked how many were
 */
export function noteUnasked(
  { store, node }: Pick<Status, 'store' | 'node'>,
  target: string,
  asked: number,
  { colors, warn }: Pick<CliContext, 'colors' | 'warn'>,
): void {
  const nodes = node?.nodes ?? [];
  if (store !== undefined || nodes.length <= asked) return;
  const each = nodes.map((name) => `--node ${name}`).join(' ');
  const only = asked === 1 ? 'only one was' : `only ${asked} were`;
  warn(
    `${colors.yellow('note')}: of ${listOf(nodes)} ${only} asked: ${target} gets requests again when addresses move to another; ask all with ${each}\n`,
  );
}
