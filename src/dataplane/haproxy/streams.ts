import { hop } from '../../ir/hop.ts';
import { exchange } from './exchange.ts';

/** In milliseconds; a worker that is slower is busy. */
const timeLimit = 500;

/**
 * How many requests and tunnels the workers have under way. Idle connections of clients do not count.
 * @param masterSocket the master passes a question on also to a worker that is ending
 * @returns undefined when a worker does not say
 */
export async function countStreams(
  masterSocket: string,
  workers: readonly number[],
): Promise<number | undefined> {
  let count = 0;
  for (const pid of workers) {
    const answer = await exchange(masterSocket, `@!${pid} show sess\n`, timeLimit);
    const streams = answer.kind === 'answer' ? readStreams(answer.bytes.toString()) : undefined;
    if (streams === undefined) return undefined;
    count += streams;
  }
  return count;
}

/** Counts what `show sess` lists, our own question aside; undefined for anything else. */
export function readStreams(text: string): number | undefined {
  // A write that takes the hop is listed on both of its sides, and counts on the outer one.
  const lines = text
    .split('\n')
    .filter((line) => /^0x[0-9a-f]+: /.test(line) && !line.includes(` fe=${hop} `));
  // The question itself is always listed.
  if (!lines.some((line) => line.includes(' fe=GLOBAL '))) return undefined;
  return lines.filter((line) => !line.includes(' fe=GLOBAL ')).length;
}
