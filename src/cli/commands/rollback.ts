import { carryOut } from '../change.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { type WatchOptions, watchOf } from '../options.ts';

export interface RollbackOptions extends WatchOptions {
  readonly state: string;
  readonly json: boolean;
}

/** Brings back an earlier revision; without a number the one before the one in service. */
export async function rollback(
  revision: number | undefined,
  options: RollbackOptions,
  context: CliContext,
): Promise<ExitCode> {
  const request = { ...(revision === undefined ? {} : { revision }), ...watchOf(options, context) };
  const socket = context.machine.controlSocket(options.state);
  return carryOut((live) => call(socket, 'rollback', request, live), options, context);
}
