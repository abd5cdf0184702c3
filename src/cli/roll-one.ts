import { Failure } from '../kernel/failure.ts';
import type { ControllerPlace } from './client.ts';
import type { CliContext } from './context.ts';
import { RollingHost, type RollOptions, type Stopped, words } from './rolling-host.ts';
import type { Drained } from './session-wait.ts';

/**
 * Takes one host through a roll.
 * @param tell told each step, as a clause
 * @returns undefined when it takes requests again
 */
export async function rollOne(
  target: string,
  controller: ControllerPlace,
  options: RollOptions,
  context: CliContext,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<Stopped | undefined> {
  if (signal.aborted) return { step: 'drain', why: 'interrupted', drained: false };
  const host = new RollingHost(target, controller, options, context, signal);
  try {
    const before = await host.drain();
    tell(`drained (${before})`);
    const began = context.now();
    const drained = await host.waitForSessions();
    if (drained.kind !== 'empty')
      return { step: 'wait', drained: drained.kind !== 'enabled', why: unsafe(drained) };
    tell(`no session left after ${lasted(context, began)}`);
    const patched = await host.patch();
    if (patched !== undefined) return { step: 'patch', ...patched };
    const patchedAt = context.now();
    tell('patched; waiting for its health checks');
    const sick = await host.waitForHealth();
    if (sick !== undefined) return { step: 'health', ...sick };
    tell(`healthy after ${lasted(context, patchedAt)}`);
    const late = await host.enable();
    if (late !== undefined) return { step: 'enable', ...late };
    tell('takes requests again');
    const enabledAt = context.now();
    const unsteady = await host.settle();
    if (unsteady !== undefined) return { step: 'enable', ...unsteady };
    if (options.settle > 0) tell(`settled after ${lasted(context, enabledAt)}`);
    return undefined;
  } catch (error) {
    // What the controller refuses stops the roll like any other failure, so that it is said how to go on.
    if (!(error instanceof Failure)) throw error;
    return { step: host.step, why: `${error.message}; ${error.mend}`, drained: host.step !== 'drain' };
  }
}

function unsafe(drained: Exclude<Drained, { kind: 'empty' }>): string {
  switch (drained.kind) {
    case 'deadline':
      return `the deadline has passed and this is open: ${drained.open}`;
    case 'enabled':
      return 'somebody else enabled it';
    case 'interrupted':
      return 'interrupted';
  }
}

function lasted({ now }: Pick<CliContext, 'now'>, began: number): string {
  return words(Math.round((now() - began) / 1000) * 1000);
}
