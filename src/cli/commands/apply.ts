import type { ApplyAnswer } from '../../contract/answers.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { load } from '../load.ts';
import { reportOutcome } from '../outcome.ts';
import { toApplyRequest } from '../send.ts';

/** Makes a declaration the desired state of the running controller. */
export async function apply(
  file: string,
  options: { readonly state: string; readonly json: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const loaded = await load(file, context.now());
  if (loaded.configuration === undefined) {
    return reportOutcome({ outcome: 'invalid', findings: loaded.diagnostics }, options.json, context);
  }
  const socket = context.machine.controlSocket(options.state);
  const answer = (await call(socket, 'apply', toApplyRequest(loaded))) as ApplyAnswer;
  return reportOutcome(answer, options.json, context);
}
