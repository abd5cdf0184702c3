import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { controllerOf } from '../nodes/resolve.ts';
import type { WhereOptions } from '../options.ts';

/** Prints what Prometheus would read. One node at a time: the text of two would not be its format any more. */
export async function metrics(options: WhereOptions, context: CliContext): Promise<ExitCode> {
  context.write(await call(await controllerOf(options, context), 'metrics'));
  return 0;
}
