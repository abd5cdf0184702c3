import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createApi, listenOn } from '../api/server.ts';
import type { ControllerOptions, EndingReason } from '../cli/context.ts';
import { createHaproxyDataPlane } from '../dataplane/haproxy-data-plane.ts';
import { runtimePaths } from '../dataplane/runtime-paths.ts';
import { systemClock } from '../dataplane/system/clock.ts';
import { Failure } from '../kernel/failure.ts';
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
  await claim(api, paths.controlSocket, options.stateDirectory);
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

async function claim(api: FastifyInstance, socket: string, stateDirectory: string): Promise<void> {
  try {
    await listenOn(api, socket);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    if (await answers(socket)) {
      const mend = 'use `aorta apply FILE` to change it, `aorta down` to end it, or another --state';
      throw new Failure('already-running', `a controller already runs for ${stateDirectory}`, mend, {
        cause: error,
      });
    }
    // Left behind by a controller that was killed.
    await rm(socket, { force: true });
    await listenOn(api, socket);
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

/** The name and place of a bug. Not its message: that could quote what a user wrote. */
function describeBug(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown';
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
  return `${error.name} ${place.trim()}`;
}
