import { Failure } from '../kernel/failure.ts';
import type { ControllerPlace } from './client.ts';
import type { CliContext } from './context.ts';
import { liveLine, silentLine } from './live-line.ts';
import { patchHost } from './patch-host.ts';
import { RollingHost, type RollOptions, type Waiting, words } from './rolling-host.ts';

/** Where and why a roll stopped. */
export interface Stopped {
  readonly step: 'drain' | 'wait' | 'patch' | 'health' | 'enable';
  /** A clause for people. */
  readonly why: string;
  /** Whether it was left out of service, on any node. */
  readonly drained: boolean;
}

/**
 * Takes one host through a roll, on all nodes at once: a step begins when every node is done with the one before.
 * @param controllers of the nodes that send it requests, one at least
 * @param tell told each step, as a clause
 * @returns undefined when it takes requests again
 */
export async function rollOne(
  target: string,
  controllers: readonly ControllerPlace[],
  options: RollOptions,
  context: CliContext,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<Stopped | undefined> {
  const hosts = controllers.map((controller) => new RollingHost(target, controller, options, context));
  const stopAt = (step: Stopped['step'], why: string): Stopped => ({
    ...{ step, why },
    drained: hosts.some(({ drained }) => drained),
  });
  const onAll = async (step: Stopped['step'], work: Work): Promise<Stopped | undefined> => {
    const why = await whyNotOnAll(hosts, work, options, context, signal);
    return why === undefined ? undefined : stopAt(step, why);
  };

  if (signal.aborted) return stopAt('drain', 'interrupted');
  const before: string[] = [];
  // One after the other: what the first refuses has changed nothing on the next.
  for (const host of hosts) {
    const drain = async () => void before.push(named(host, await host.drain()));
    const refused = await whyNotOnAll([host], drain, options, context, signal);
    if (refused !== undefined) return stopAt('drain', refused);
  }
  tell(`drained (${before.join('; ')})`);
  const began = context.now();
  const open = await onAll('wait', (host, waiting) => host.waitForSessions(waiting));
  if (open !== undefined) return open;
  tell(`no session left after ${lasted(context, began)}`);
  const addresses = [...new Set(hosts.flatMap((host) => host.addresses))];
  const failed = await patchHost(target, addresses, options, context, signal);
  if (failed !== undefined) return stopAt('patch', failed);
  const patchedAt = context.now();
  tell('patched; waiting for its health checks');
  const sick = await onAll('health', (host, waiting) => host.waitForHealth(waiting));
  if (sick !== undefined) return sick;
  tell(`healthy after ${lasted(context, patchedAt)}`);
  const late = await onAll('enable', (host, waiting) => host.enable(waiting));
  if (late !== undefined) return late;
  tell('takes requests again');
  const enabledAt = context.now();
  const unsteady = await onAll('enable', (host, waiting) => host.settle(waiting));
  if (unsteady !== undefined) return unsteady;
  if (options.settle > 0) tell(`settled after ${lasted(context, enabledAt)}`);
  return undefined;
}

type Work = (host: RollingHost, waiting: Waiting) => Promise<string | undefined>;

/** Does something at all nodes at once, until all are done or one is not to be. @returns why it is not */
async function whyNotOnAll(
  hosts: readonly RollingHost[],
  work: Work,
  { json }: RollOptions,
  context: CliContext,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (signal.aborted) return 'interrupted';
  const line = json ? silentLine : liveLine(context);
  const shown = new Map<RollingHost, string>();
  const ended = new AbortController();
  let first: string | undefined;
  await Promise.all(
    hosts.map(async (host) => {
      const show = (text: string) => {
        shown.set(host, named(host, text));
        line.show(`waiting: ${[...shown.values()].join('; ')}`);
      };
      const why = await asReason(work(host, { show, signal: AbortSignal.any([signal, ended.signal]) }));
      shown.delete(host);
      if (why === undefined) return;
      first ??= named(host, why);
      // Nobody waits for the others when it has to stop anyway.
      ended.abort();
    }),
  ).finally(() => line.end());
  return signal.aborted ? 'interrupted' : first;
}

/** What a controller refuses stops the roll like any other failure, so that it is said how to go on. */
async function asReason(work: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Failure) return `${error.message}; ${error.mend}`;
    throw error;
  }
}

function named({ node }: RollingHost, text: string): string {
  return node === undefined ? text : `${node}: ${text}`;
}

function lasted({ now }: Pick<CliContext, 'now'>, began: number): string {
  return words(Math.round((now() - began) / 1000) * 1000);
}
