import { exchange } from './exchange.ts';
import { readStatistics, type StatRow } from './show-stat.ts';

/**
 * The statistics of workers that still end their connections after a reload; only the master can ask them. One that
 * has ended in the meantime, or that does not answer, has none.
 */
export async function leavingStatistics(
  masterSocket: string,
  pids: readonly number[],
  timeLimit = 1_000,
): Promise<StatRow[]> {
  const answers = await Promise.all(
    pids.map((pid) => exchange(masterSocket, `@!${pid} show stat\n`, timeLimit)),
  );
  return answers.flatMap((answer) => (answer.kind === 'answer' ? (readStatistics(answer.text) ?? []) : []));
}
