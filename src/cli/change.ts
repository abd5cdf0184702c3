import type { ChangeAnswer } from '../contract/answers.ts';
import type { CallOptions } from './client.ts';
import type { CliContext, ExitCode } from './context.ts';
import { liveStages } from './live-stages.ts';
import type { WhereOptions } from './options.ts';
import { reportOutcome } from './outcome.ts';

/** Carries out a change: shows its stages to people while it is under way, then reports what became of it. */
export async function carryOut(
  change: (live: Pick<CallOptions, 'onProgress'>) => Promise<ChangeAnswer>,
  options: { readonly json: boolean } & WhereOptions,
  context: CliContext,
): Promise<ExitCode> {
  if (options.json) return reportOutcome(await change({}), options, context);
  const { onProgress, end } = liveStages(context);
  const answer = await change({ onProgress }).finally(end);
  return reportOutcome(answer, options, context);
}
