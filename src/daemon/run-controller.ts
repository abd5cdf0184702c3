import { serveOn } from '../api/serve-on.ts';
import { createApi } from '../api/server.ts';
import type { ControllerOptions, EndingReason } from '../cli/context.ts';
import { createHaproxyDataPlane } from '../dataplane/haproxy-data-plane.ts';
import { runtimePaths } from '../dataplane/runtime-paths.ts';
import { systemClock } from '../dataplane/system/clock.ts';
import { Reconciler } from '../reconcile/reconciler.ts';
import { LocalController, stopDeadline } from './local-controller.ts';
import { nodeFacts } from './node-facts.ts';

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
  const reconciler = new Reconciler(dataPlane, systemClock);
  const controller = new LocalController({
    dataPlane,
    reconciler,
    node: nodeFacts(paths),
    clock: systemClock,
    onDown: () => ending.resolve('down'),
  });
  const api = createApi(controller, (error) => process.stderr.write(`bug: ${describeBug(error)}\n`));
  // The socket is also the lock: whoever listens owns the state directory.
  await serveOn(api, paths.controlSocket);
  try {
    const applied = await controller.apply(options.request);
    if (!options.onApplied(applied)) return;
    const reason = await ending.promise;
    options.onEnding(reason);
    if (reason === 'interrupt') {
      process.removeListener('SIGINT', onInterrupt);
      process.once('SIGINT', () => void reconciler.stop(0));
      await reconciler.stop(stopDeadline);
    }
  } finally {
    await api.close();
    process.removeListener('SIGINT', onInterrupt).removeListener('SIGTERM', onTerminate);
  }
}

/** The name and place of a bug. Not its message: that could quote what a user wrote. */
function describeBug(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown';
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
  return `${error.name} ${place.trim()}`;
}
