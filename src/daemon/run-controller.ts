import { serveOn } from '../api/serve-on.ts';
import { createApi } from '../api/server.ts';
import type { ControllerOptions, EndingReason } from '../cli/context.ts';
import type { ChangeAnswer } from '../contract/answers.ts';
import { createHaproxyDataPlane } from '../dataplane/haproxy-data-plane.ts';
import type { DataPlane } from '../dataplane/port.ts';
import { runtimePaths } from '../dataplane/runtime-paths.ts';
import { systemClock } from '../dataplane/system/clock.ts';
import { Failure } from '../kernel/failure.ts';
import { resultOf } from '../reconcile/change-result.ts';
import { Changes } from '../reconcile/changes.ts';
import { Guard } from '../reconcile/guard.ts';
import { recover } from '../reconcile/recover.ts';
import { Serving } from '../reconcile/serving.ts';
import { Watchman } from '../reconcile/watchman.ts';
import { Wishes } from '../reconcile/wishes.ts';
import { StateStore } from '../store/state-store.ts';
import { LocalController, toAnswer } from './local-controller.ts';
import { nodeFacts } from './node-facts.ts';

/** How often the controller looks whether HAProxy still runs, in milliseconds. */
const watchRhythm = 500;

/**
 * Joins the parts, serves the API and waits for the end. See `Machine.runController`.
 * @param dress what the data plane is wrapped in; tests make it fail at chosen moments
 */
export async function runController(
  options: ControllerOptions,
  dress: (dataPlane: DataPlane) => DataPlane = (dataPlane) => dataPlane,
): Promise<void> {
  const paths = runtimePaths(options.stateDirectory);
  const clock = systemClock;
  const ending = Promise.withResolvers<EndingReason>();
  const onInterrupt = () => ending.resolve('interrupt');
  const onTerminate = () => ending.resolve('terminate');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);

  const haproxy = await createHaproxyDataPlane({ stateDirectory: options.stateDirectory, clock });
  const dataPlane = dress(haproxy.dataPlane);
  // The socket is the lock: the store is opened by its owner only.
  const gate = Promise.withResolvers<LocalController>();
  const api = createApi(gate.promise, (error) => process.stderr.write(`bug: ${describeBug(error)}\n`));
  await serveOn(api, paths.controlSocket);
  let store: StateStore | undefined;
  let guard: Guard | undefined;
  try {
    store = StateStore.open(options.stateDirectory, clock);
    const serving = new Serving({
      dataPlane,
      store,
      node: nodeFacts(paths),
      clock,
      abilities: haproxy.abilities,
    });
    guard = new Guard(serving);
    const changes = new Changes(serving, guard);
    const wishes = new Wishes(serving);
    const watchman = new Watchman(serving, changes, wishes, guard);
    const controller = new LocalController({
      serving,
      changes,
      wishes,
      watchman,
      onDown: () => ending.resolve('down'),
    });
    gate.resolve(controller);
    const answer = await begin(controller, serving, changes, options);
    if (!options.onApplied(answer)) return;
    const reason = await watchOver(watchman, ending.promise, options);
    options.onEnding(reason);
    guard.end();
    if (reason === 'interrupt') {
      process.removeListener('SIGINT', onInterrupt);
      // What goes wrong here is reported by the stop that is waited for.
      process.once('SIGINT', () => void controller.stopNow().catch(() => undefined));
      await controller.stop();
    }
  } finally {
    guard?.end();
    await api.close();
    store?.close();
    process.removeListener('SIGINT', onInterrupt).removeListener('SIGTERM', onTerminate);
  }
}
