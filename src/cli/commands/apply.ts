import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { reportOutcome } from '../outcome.ts';
import { prepare } from '../send.ts';

/** Makes a declaration the desired state of the running controller. */
export async function apply(
  file: string,
  options: { readonly state: string; readonly json: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const request = await prepare(file, options.json, context);
  if (request === undefined) return 2;
  const answer = await call(context.machine.controlSocket(options.state), 'apply', request);
  return reportOutcome(answer, options.json, context);
}
