import type { OverLimit } from '../port.ts';
import { commands } from './runtime-socket.ts';

/** Asks tables who was over a limit lately. Undefined when HAProxy does not run, or does not have one of them. */
export async function readOverLimit(
  socket: string,
  tables: readonly string[],
): Promise<ReadonlyMap<string, OverLimit> | undefined> {
  // Only entries that were over it: a table may have a hundred thousand others.
  const questions = tables.map((table) => ['show', 'table', table, 'data.gpc1_rate', 'gt', '0']);
  const answers = await commands(socket, questions);
  if (!answers.ok) return undefined;
  return new Map(tables.map((table, index) => [table, countOverLimit(answers.value[index] ?? '')]));
}

/** Adds up the entries of `show table`. Their keys, which are addresses, go no further. */
export function countOverLimit(text: string): OverLimit {
  const rates = [...text.matchAll(/ gpc1_rate\(\d+\)=(\d+)/g)].map(([, rate]) => Number(rate));
  const over = rates.filter((rate) => rate > 0);
  return { requests: over.reduce((sum, rate) => sum + rate, 0), clients: over.length };
}
