import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { intentWords, targetWords } from '../intent-words.ts';

export interface EnableOptions {
  readonly state: string;
  readonly json: boolean;
  readonly service?: string | undefined;
  readonly reason?: string | undefined;
  readonly author?: string | undefined;
}

/** Ends every intent about a host or server, and shows what they were. */
export async function enable(target: string, options: EnableOptions, context: CliContext): Promise<ExitCode> {
  const { intents } = await call(context.machine.controlSocket(options.state), 'enable', {
    target,
    ...(options.service === undefined ? {} : { service: options.service }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    author: options.author ?? context.user,
  });
  if (options.json) {
    context.write(toJson({ ended: intents }));
    return 0;
  }
  const name = options.service === undefined ? target : `${target} in ${options.service}`;
  if (intents.length === 0) context.write(`nothing was in force about ${name}: it is as declared\n`);
  else context.write(`${context.colors.green('enabled')}: ${name} is as declared again\n`);
  for (const intent of intents) {
    context.write(`  ended for ${targetWords(intent.target)}: ${intentWords(intent, context.now())}\n`);
  }
  return 0;
}
