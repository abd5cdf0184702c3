import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { reportOutcome } from '../outcome.ts';

export interface ConfirmOptions {
  readonly state: string;
  readonly json: boolean;
  readonly author?: string | undefined;
}

/** Keeps the change that waits to be confirmed. */
export async function confirm(options: ConfirmOptions, context: CliContext): Promise<ExitCode> {
  const socket = context.machine.controlSocket(options.state);
  const answer = await call(socket, 'confirm', { author: options.author ?? context.user });
  return reportOutcome(answer, options, context);
}
