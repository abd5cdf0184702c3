import type { Row } from './cells.ts';
import { exchange } from './exchange.ts';
import { readStatistics } from './show-stat.ts';

/**
 * The statistics of workers that still end their connections after a reload; only the master can ask them. One that
 * has ended in the meantime, or that does not answer, has none.
 */
export async function leavingStatistics(
  masterSocket: string,
  pids: readonly number[],
  timeLimit = 1_000,
): Promise<Row[]> {
  const answers = await Promise.all(
    pids.map((pid) => exchange(masterSocket, `@!${pid} show stat\n`, timeLimit)),
  );
  return answers.flatMap((answer) => (answer.kind === 'answer' ? (readStatistics(answer.bytes) ?? []) : []));
}
