import type { RevisionAnswer } from '../../contract/answers.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { visible } from '../diff-text.ts';
import { toJson } from '../findings.ts';
import { localTime } from '../local-time.ts';
import { controllerOf } from '../nodes/resolve.ts';
import type { WhereOptions } from '../options.ts';
import { kindOf } from './history.ts';

/** Shows a revision; without a number the one in service. What it prints is a declaration that can be applied again. */
export async function show(
  number: number | undefined,
  options: { readonly json: boolean } & WhereOptions,
  context: CliContext,
): Promise<ExitCode> {
  const controller = await controllerOf(options, context);
  const revision = number ?? (await call(controller, 'configuration')).revision;
  const answer = await call(controller, 'revision', { revision });
  if (options.json) context.write(toJson(answer));
  else {
    const text = `${headOf(answer)}\n${answer.text}`;
    // A file gets what was sent, byte by byte.
    context.write(context.columns === undefined ? text : visible(text));
  }
  return 0;
}

/** Everything about a revision but its text, as comments of YAML. */
function headOf(answer: RevisionAnswer): string {
  const { number, state, author, at, reason, generation, digest, forced, evidence, files } = answer;
  return (
    [
      `revision ${number}: ${kindOf(answer)} by ${author}, ${localTime(at)}, ${state}`,
      ...(reason === undefined ? [] : [`reason: ${reason}`]),
      ...forced.map((finding) => `forced: ${finding}`),
      ...evidence.map((sentence) => `evidence: ${sentence}`),
      `generation ${generation}, digest ${digest}`,
      ...files.map(({ name, sha256 }) => `file ${name}: ${sha256 ?? 'could not be read'}`),
    ]
      // A file name may hold anything, a line break too.
      .map((line) => `# ${line.replaceAll(/\s+/g, ' ')}\n`)
      .join('')
  );
}
