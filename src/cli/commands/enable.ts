import type { IntentInForce } from '../../contract/answers.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { intentWords, targetWords } from '../intent-words.ts';
import { type EachOptions, onEach } from '../nodes/on-each.ts';

export interface EnableOptions extends EachOptions {
  readonly service?: string | undefined;
  readonly reason?: string | undefined;
  readonly author?: string | undefined;
}

/** Ends every intent about a host or server, and shows what they were. */
export async function enable(target: string, options: EnableOptions, context: CliContext): Promise<ExitCode> {
  return await onEach(options, context, async (place) => {
    const { intents } = await call(place, 'enable', {
      target,
      ...(options.service === undefined ? {} : { service: options.service }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      author: options.author ?? context.user,
    });
    return { code: 0, json: { ended: intents }, text: textOf(intents, target, options, context) };
  });
}

function textOf(
  ended: readonly IntentInForce[],
  target: string,
  { service }: EnableOptions,
  context: CliContext,
): string {
  const name = service === undefined ? target : `${target} in ${service}`;
  const head =
    ended.length === 0
      ? `nothing was in force about ${name}: it is as declared\n`
      : `${context.colors.green('enabled')}: ${name} is as declared again\n`;
  const lines = ended.map(
    (intent) => `  ended for ${targetWords(intent.target)}: ${intentWords(intent, context.now())}\n`,
  );
  return head + lines.join('');
}
