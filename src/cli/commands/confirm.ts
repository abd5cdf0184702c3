import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { type EachOptions, onEach } from '../nodes/on-each.ts';
import { outcomeReport } from '../outcome.ts';

export interface ConfirmOptions extends EachOptions {
  readonly author?: string | undefined;
}

/** Keeps the change that waits to be confirmed. */
export async function confirm(options: ConfirmOptions, context: CliContext): Promise<ExitCode> {
  return await onEach(options, context, async (place, where) => {
    const answer = await call(place, 'confirm', { author: options.author ?? context.user });
    return outcomeReport(answer, where, context);
  });
}
