import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../kernel/failure.ts';
import { type ControllerPlace, call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { controllerOf } from '../nodes/resolve.ts';
import type { WhereOptions } from '../options.ts';

/** The controller ends within a second once HAProxy has ended; a store that does not answer may hold it up. In milliseconds. */
const patience = 30_000;

/** Ends HAProxy and the controller of a state directory. When it returns, another one can be started there. */
export async function down(
  options: { readonly json: boolean } & WhereOptions,
  context: CliContext,
): Promise<ExitCode> {
  const controller = await controllerOf(options, context);
  await call(controller, 'down');
  const deadline = context.now() + patience;
  while (await answers(controller)) {
    if (context.now() > deadline) {
      const mend = 'see what it printed; it can be killed without harm';
      throw new Failure('controller-bug', 'HAProxy has ended, and the controller has not', mend);
    }
    await sleep(20);
  }
  context.write(options.json ? toJson({ down: true }) : 'HAProxy and the controller have ended\n');
  return 0;
}

const unanswered = new Set(['not-running', 'node-unreachable', 'node-untrusted']);

/** Whether anybody does, with a refusal, too: one that is ending refuses all. */
async function answers(controller: ControllerPlace): Promise<boolean> {
  try {
    await call(controller, 'intents', undefined, { limit: 5_000 });
  } catch (error) {
    if (error instanceof Failure && unanswered.has(error.code)) return false;
    if (!(error instanceof Failure)) throw error;
  }
  return true;
}
