import { carryOut } from '../change.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { type WatchOptions, watchOf } from '../options.ts';
import { reportOutcome } from '../outcome.ts';
import { prepare } from '../send.ts';

export interface ApplyOptions extends WatchOptions {
  readonly state: string;
  readonly json: boolean;
  readonly ifRevision?: number | undefined;
}

/** Makes a declaration the desired state of the running controller. */
export async function apply(file: string, options: ApplyOptions, context: CliContext): Promise<ExitCode> {
  const prepared = await prepare(file, context.now());
  if (!prepared.ok) {
    return reportOutcome({ outcome: 'invalid', evidence: [], findings: prepared.error }, options, context);
  }
  const { ifRevision } = options;
  const request = { ...prepared.value, ...watchOf(options, context) };
  const socket = context.machine.controlSocket(options.state);
  return carryOut(
    (live) =>
      call(socket, 'apply', request, { ...live, ...(ifRevision === undefined ? {} : { ifRevision }) }),
    options,
    context,
  );
}
