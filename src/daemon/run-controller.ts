import { serveOn } from '../api/serve-on.ts';
import { createApi } from '../api/server.ts';
import type { ControllerOptions, EndingReason } from '../cli/context.ts';
import { createHaproxyDataPlane } from '../dataplane/haproxy-data-plane.ts';
import { runtimePaths } from '../dataplane/runtime-paths.ts';
import { systemClock } from '../dataplane/system/clock.ts';
import { Failure } from '../kernel/failure.ts';
import { Reconciler } from '../reconcile/reconciler.ts';
import { LocalController } from './local-controller.ts';
import { nodeFacts } from './node-facts.ts';

/** How often the controller looks whether HAProxy still runs, in milliseconds. */
const watchRhythm = 500;

/** Joins the parts, serves the API and waits for the end. See `Machine.runController`. */
export async function runController(options: ControllerOptions): Promise<void> {
  const paths = runtimePaths(options.stateDirectory);
  const ending = Promise.withResolvers<EndingReason>();
  const onInterrupt = () => ending.resolve('interrupt');
  const onTerminate = () => ending.resolve('terminate');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);

  const dataPlane = await createHaproxyDataPlane({
    stateDirectory: options.stateDirectory,
    clock: systemClock,
  });
  const controller = new LocalController({
    dataPlane,
    reconciler: new Reconciler(dataPlane, systemClock),
    node: nodeFacts(paths),
    clock: systemClock,
    onDown: () => ending.resolve('down'),
  });
  const api = createApi(controller, (error) => process.stderr.write(`bug: ${describeBug(error)}\n`));
  await serveOn(api, paths.controlSocket);
  try {
    const applied = await controller.apply(options.request);
    if (!options.onApplied(applied)) return;
    const reason = await watchOver(controller, ending.promise, options);
    options.onEnding(reason);
    if (reason === 'interrupt') {
      process.removeListener('SIGINT', onInterrupt);
      process.once('SIGINT', () => void controller.stopNow());
      await controller.stop();
    }
  } finally {
    await api.close();
    process.removeListener('SIGINT', onInterrupt).removeListener('SIGTERM', onTerminate);
  }
}

/** Keeps HAProxy running until somebody asks for the end. */
async function watchOver(
  controller: LocalController,
  ending: Promise<EndingReason>,
  { onRevived }: Pick<ControllerOptions, 'onRevived'>,
): Promise<EndingReason> {
  let known = true;
  for (;;) {
    const reason = await Promise.race([ending, systemClock.sleep(watchRhythm)]);
    if (reason !== undefined) return reason;
    const running = await revive(controller);
    if (running === undefined || (!running && !known)) continue;
    known = running;
    onRevived(running);
  }
}

/** @returns whether HAProxy runs again; undefined when there was nothing to do */
async function revive(controller: LocalController): Promise<boolean | undefined> {
  try {
    const outcome = await controller.revive();
    return outcome === undefined ? undefined : outcome.kind === 'applied' || outcome.kind === 'unchanged';
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** The name and place of a bug. Not its message: that could quote what a user wrote. */
function describeBug(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown';
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
  return `${error.name} ${place.trim()}`;
}
