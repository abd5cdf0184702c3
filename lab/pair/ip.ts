import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Entrance, through } from '../entrance.ts';

/** Runs a program with something to read. @throws Error with what it said, when it does not end well */
export async function feed(
  [program, words]: readonly [string, readonly string[]],
  input = '',
): Promise<string> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let [answer, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    answer += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  // It may end before it has read everything; then it says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0)
    throw new Error(`${[program, ...words].join(' ')} ended with ${code}: ${said.trim()}\n${input}`);
  return answer;
}

/** Does what the lines say, in one go: the first that fails ends it. @param entrance to the machine in which it is done */
export async function ip(lines: readonly string[], entrance: Entrance = []): Promise<void> {
  if (lines.length > 0) await feed(through(entrance, 'ip', ['-batch', '-']), `${lines.join('\n')}\n`);
}
