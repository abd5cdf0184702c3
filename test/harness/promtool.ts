import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { promtoolBinary } from '../../scripts/promtool.ts';

/**
 * What Prometheus' own reader says of a text; empty when it takes it without a remark.
 * @param words `check metrics`, which reads standard input; `check rules FILE`; `test rules FILE`
 * @returns undefined when it is fine
 */
export async function promtool(words: readonly string[], input = ''): Promise<string | undefined> {
  const child = spawn(await promtoolBinary(), words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0 ? undefined : `${code ?? 'ended by a signal'}: ${said}`;
}
