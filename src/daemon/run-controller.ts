import { randomBytes } from 'node:crypto';
import { type ServedMetrics, serveMetrics } from '../api/serve-metrics.ts';
import { type ServedNetwork, serveOnNetwork } from '../api/serve-network.ts';
import { serveOn } from '../api/serve-on.ts';
import { createApi } from '../api/server.ts';
import type { ControllerOptions, EndingReason } from '../cli/context.ts';
import { createHaproxyDataPlane } from '../dataplane/haproxy-data-plane.ts';
import type { HaproxySharing } from '../dataplane/haproxy-sharing.ts';
import type { DataPlane } from '../dataplane/port.ts';
import { runtimePaths } from '../dataplane/runtime-paths.ts';
import { processorTime, systemClock, systemTimer, turnOfOthers } from '../dataplane/system/clock.ts';
import { createDeepChecker } from '../dataplane/system/deep-check.ts';
import { DeepChecks } from '../health/deep-checks.ts';
import { HealthWatch } from '../health/health-watch.ts';
import { LiveTraffic } from '../health/live-traffic.ts';
import { Failure } from '../kernel/failure.ts';
import { pathKey } from '../kernel/path.ts';
import type { Port } from '../model/address.ts';
import type { NodeFacts } from '../model/node.ts';
import { Metrics } from '../observe/metrics/metrics.ts';
import { endingSoon, type PairKeys } from '../pki/pair-keys.ts';
import { Changes } from '../reconcile/changes.ts';
import { Duty } from '../reconcile/duty.ts';
import { Guard } from '../reconcile/guard.ts';
import { Handover } from '../reconcile/handover.ts';
import { Serving } from '../reconcile/serving.ts';
import { TicketKeeper } from '../reconcile/tickets/ticket-keeper.ts';
import { Watchman } from '../reconcile/watchman.ts';
import { Wishes } from '../reconcile/wishes.ts';
import { readNodeKeys } from '../store/pair-key-files.ts';
import { StateStore } from '../store/state-store.ts';
import { begin } from './begin.ts';
import { LocalController } from './local-controller.ts';
import { metricsFacts } from './metrics-facts.ts';
import { openNetworkApi } from './network-api.ts';
import { nodeFacts } from './node-facts.ts';
import { openSharedStore } from './open-shared-store.ts';
import { share } from './share.ts';
import { ticketExchange } from './ticket-exchange.ts';

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
  // Keys that cannot be used are better refused before anything is opened.
  const { api: openTo, identity, keys: named, store: settings, directory = '' } = options.node ?? {};
  const network = openTo && (await openNetworkApi(openTo, directory, clock.now()));
  const keys = named && (await readNodeKeys(named, directory, clock.now()));
  const shared = settings && (await openSharedStore(settings, directory, clock));
  const ending = Promise.withResolvers<EndingReason>();
  const onInterrupt = () => ending.resolve('interrupt');
  const onTerminate = () => ending.resolve('terminate');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);

  const engine = await createHaproxyDataPlane({ stateDirectory: options.stateDirectory, clock });
  const dataPlane = dress(engine);
  const store = StateStore.open(options.stateDirectory, clock);
  const node = nodeFacts(paths, identity, keptBy(engine.sharing, keys, openTo?.port));
  const serving = new Serving({ dataPlane, store, node, clock });
  const guard = new Guard(serving);
  const changes = new Changes(serving, guard);
  const wishes = new Wishes(serving);
  const watchman = new Watchman(serving, changes, wishes, guard);
  const health = new HealthWatch({
    port: engine.health,
    clock,
    processorTime,
    inService: () => serving.now?.desired,
    busy: () => serving.busy,
    settling: () => guard.watching,
    servers: (backends) => dataPlane.serversIn(backends).catch(nothingOf),
    lastState: () => guard.last?.state,
    deepChecks: new DeepChecks({
      checker: createDeepChecker(clock),
      clock,
      timer: systemTimer,
      random: Math.random,
    }),
    liveTraffic: new LiveTraffic(),
    wishWeight: ({ backend, server, weight, reason }) =>
      leanOn(serving, wishes, { backend, server }, weight, reason),
  });
  const tickets = new TicketKeeper({
    port: engine.sharing,
    clock,
    timer: systemTimer,
    uptime: () => performance.now(),
    random: (bytes, encoding) => randomBytes(bytes).toString(encoding),
    nodes: () => serving.now?.desired.configuration.ha?.nodes.map(({ name }) => name) ?? [],
    ...(identity === undefined ? {} : { own: identity.name }),
    ...(network === undefined
      ? {}
      : { ask: ticketExchange(serving, { keys: network.keys, port: network.endpoint.port }) }),
    onNote: (note) => options.onNote(note),
  });
  const sharing =
    shared &&
    settings &&
    share(shared, settings.node, { serving, changes, wishes }, (note) => options.onNote(note));
  const metrics = new Metrics({
    facts: () => metricsFacts({ serving, changes, watchman, guard }),
    clock,
    pause: turnOfOthers,
  });
  const controller = new LocalController({
    serving,
    changes,
    wishes,
    watchman,
    health,
    metrics,
    handover: new Handover(serving, (note) => options.onNote(note)),
    duty: new Duty(serving, (note) => options.onNote(note)),
    peers: () => engine.sharing.peers(),
    tickets,
    ...(sharing === undefined ? {} : { sharing }),
    onDown: () => ending.resolve('down'),
  });
  const onBug = (error: unknown) => process.stderr.write(`bug: ${describeBug(error)}\n`);
  const api = createApi(controller, onBug);
  let networkApi: ServedNetwork | undefined;
  let servedMetrics: ServedMetrics | undefined;
  let ours = false;
  try {
    // The socket is the lock: nothing is touched before it is ours.
    await serveOn(api, paths.controlSocket);
    ours = true;
    if (network !== undefined) {
      const soon = endingSoon(network.keys, 'of this node', clock.now());
      if (soon !== undefined) options.onNote(soon);
      networkApi = await serveOnNetwork(controller, {
        ...network,
        clock,
        onNote: (note) => options.onNote(note),
        onBug,
      });
    }
    servedMetrics = await listenForMetrics(options, metrics, onBug);
    health.begin();
    if (engine.sharing.ticketKeysFile === undefined) options.onNote(noMemory);
    else await tickets.prepare();
    const answer = await begin(serving, changes, options, shared);
    if (!options.onApplied(answer)) return;
    tickets.begin();
    sharing?.begin();
    const watching = watchOver(watchman, ending.promise, options);
    const reason = await Promise.race([watching, ...(sharing === undefined ? [] : [sharing.failed])]);
    options.onEnding(reason);
    const left = sharing?.end();
    guard.end();
    // Nobody waits for a store that does not answer.
    shared?.close();
    await left;
    if (reason === 'interrupt') {
      process.removeListener('SIGINT', onInterrupt);
      // What goes wrong here is reported by the stop that is waited for.
      process.once('SIGINT', () => void controller.stopNow().catch(() => undefined));
      await controller.stop();
    }
  } finally {
    guard.end();
    await sharing?.end();
    shared?.close();
    await health.end();
    await tickets.end();
    if (ours && (await nothingRuns(engine))) await engine.sharing.forgetTickets();
    await servedMetrics?.close();
    await networkApi?.close();
    await api.close();
    store.close();
    process.removeListener('SIGINT', onInterrupt).removeListener('SIGTERM', onTerminate);
  }
}

/** Where the node file says that they are read; nowhere unless it does. */
async function listenForMetrics(
  options: ControllerOptions,
  metrics: Metrics,
  onBug: (error: unknown) => void,
): Promise<ServedMetrics | undefined> {
  const where = options.node?.metrics;
  if (where === undefined) return undefined;
  return await serveMetrics({
    endpoint: { host: where.address, port: where.port },
    from: where.from,
    text: () => metrics.text(),
    clock: systemClock,
    onNote: (note) => options.onNote(note),
    onBug,
  });
}

const noMemory =
  'there is no file system in memory at /dev/shm, so TLS sessions are not resumed after a reload or on another node';

/** What of this machine outlives a worker of HAProxy, or is known to other nodes. */
function keptBy(
  { ticketKeysFile }: HaproxySharing,
  keys: PairKeys | undefined,
  apiPort: Port | undefined,
): Pick<NodeFacts, 'sharing' | 'ticketKeysFile'> {
  return {
    ...(ticketKeysFile === undefined ? {} : { ticketKeysFile }),
    ...(keys === undefined ? {} : { sharing: { ...keys, ...(apiPort === undefined ? {} : { apiPort }) } }),
  };
}

/** What is not ours, or does not answer, may still need its keys. */
async function nothingRuns(dataPlane: DataPlane): Promise<boolean> {
  try {
    return (await dataPlane.adopt()) === undefined;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Keeps HAProxy running, and looks after everything that is due, until somebody asks for the end. */
async function watchOver(
  watchman: Watchman,
  ending: Promise<EndingReason>,
  options: Pick<ControllerOptions, 'onRevived' | 'onNote'>,
): Promise<EndingReason> {
  let known = true;
  let trouble = '';
  for (;;) {
    const reason = await Promise.race([ending, systemClock.sleep(watchRhythm)]);
    if (reason !== undefined) return reason;
    const looked = await lookOnce(watchman);
    // What stays wrong is said once.
    if (looked.trouble !== '' && looked.trouble !== trouble) options.onNote(looked.trouble);
    ({ trouble } = looked);
    const { running } = looked;
    if (running === undefined || (!running && !known)) continue;
    known = running;
    options.onRevived(running);
  }
}

/** What the environment refuses, such as a full disk, does not end the controller: it looks again. */
async function lookOnce(watchman: Watchman): Promise<{ running?: boolean | undefined; trouble: string }> {
  try {
    return { running: await watchman.look(), trouble: '' };
  } catch (error) {
    if (error instanceof Failure) return { trouble: `${error.message}; ${error.mend}` };
    throw error;
  }
}

/** A HAProxy that is stuck, or is not ours, does not answer as little as one that does not run. */
function nothingOf(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}

/** What cannot be wished now is wished again with the next look. */
async function leanOn(
  serving: Serving,
  wishes: Wishes,
  { backend, server }: { readonly backend: string; readonly server: string },
  weight: number | undefined,
  reason: string,
): Promise<void> {
  const desired = serving.now?.desired;
  const pool = desired?.ir.backends.find(({ name }) => name === backend);
  const service = desired?.configuration.virtualServices.find(
    (one) => pool !== undefined && pathKey(one.pool.path) === pathKey(pool.origin),
  );
  if (service === undefined) return;
  await wishes.lean({ service: service.name, server }, weight, reason).catch(nothingOf);
}

/** The name and place of a bug. Not its message: that could quote what a user wrote. */
function describeBug(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown';
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
  return `${error.name} ${place.trim()}`;
}
