import { resolve } from 'node:path';
import type { Rendering } from '../ir/rendering.ts';
import type { Clock } from '../kernel/clock.ts';
import { Failure } from '../kernel/failure.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import type { RuntimeOperation } from '../plan/operation.ts';
import type { EngineAbilities } from '../plan/scene.ts';
import type { AnnouncerPort } from './announcer-port.ts';
import type { Survey } from './counters-port.ts';
import { GenerationStore } from './generations/store.ts';
import { type Finding, findMaster, type Master, removeLeftovers, stuck } from './haproxy/adopt.ts';
import { checkConfiguration } from './haproxy/check.ts';
import { type Pace, Space } from './haproxy/exchange.ts';
import { HaproxyHealth } from './haproxy/haproxy-health.ts';
import { askIdentity, setIdentity } from './haproxy/identity.ts';
import { leavingStatistics } from './haproxy/leaving-statistics.ts';
import { readLoaded } from './haproxy/loaded.ts';
import { operate } from './haproxy/operate.ts';
import type { Outline } from './haproxy/outline.ts';
import { Outlines } from './haproxy/outlines.ts';
import { readOverLimit } from './haproxy/over-limit.ts';
import { preflight } from './haproxy/preflight.ts';
import { reloadHaproxy } from './haproxy/reload.ts';
import { answersTo, command } from './haproxy/runtime-socket.ts';
import { inheritedState, noServerState, readServerStates } from './haproxy/server-state.ts';
import { servers } from './haproxy/show-stat.ts';
import { startHaproxy } from './haproxy/start.ts';
import { stopHaproxy } from './haproxy/stop.ts';
import { askForAll, serversOf, surveyOf } from './haproxy/survey.ts';
import { sweepServers } from './haproxy/sweep.ts';
import { detectHaproxy, type Installation } from './haproxy/version.ts';
import { HaproxySharing } from './haproxy-sharing.ts';
import { type LogFiles, logFiles } from './log-files.ts';
import { MachineAddresses } from './machine-addresses.ts';
import type {
  DataPlane,
  Generation,
  Greeting,
  Hands,
  HealthPort,
  Instance,
  ListenerPlace,
  Loaded,
  OverLimit,
  Problem,
  StagedGeneration,
} from './port.ts';
import type { ProbeResult, ServerProbe } from './probe-port.ts';
import {
  preparePeersDirectory,
  prepareRuntimeDirectory,
  type RuntimePaths,
  runtimePaths,
} from './runtime-paths.ts';
import { errorCode, privateDirectory, replaceFile } from './system/files.ts';
import { greet } from './system/greet.ts';
import { probeServer } from './system/probe-server.ts';
import { ticketDirectory } from './tickets/ticket-directory.ts';

export interface HaproxyDataPlaneOptions {
  /** Everything that must survive a restart lives below it. */
  readonly stateDirectory: string;
  readonly clock: Clock;
  /** A path, or a name to look up; by default `haproxy`. */
  readonly haproxyBinary?: string;
  /** The same; by default `keepalived`. Looked for when a generation wants it. */
  readonly keepalivedBinary?: string;
  /** The same; by default `bird`. */
  readonly birdBinary?: string;
}

/** Somebody waits for the status; but a failing reload, which is mute for two seconds, is no fault of HAProxy. */
const observerPatience = 2_500;

/**
 * The data plane on a real HAProxy, what it has to say about the health of servers, and what it shares.
 * @throws Failure `haproxy-missing`, `state-unusable`
 */
export async function createHaproxyDataPlane(
  options: HaproxyDataPlaneOptions,
): Promise<DataPlane & { readonly health: HealthPort; readonly sharing: HaproxySharing }> {
  const installation = await detectHaproxy(options.haproxyBinary ?? 'haproxy');
  const state = resolve(options.stateDirectory);
  const paths = runtimePaths(state);
  await privateDirectory(state).catch((cause: unknown) => {
    throw new Failure('state-unusable', `${state} cannot be created`, 'choose another state directory', {
      cause,
    });
  });
  prepareRuntimeDirectory(paths);
  const { clock, keepalivedBinary = 'keepalived', birdBinary = 'bird' } = options;
  const [logs, store] = [logFiles(state), new GenerationStore(state, clock)];
  const parts = { stateDirectory: state, paths, logs, store, clock, keepalivedBinary, birdBinary };
  const sharing = new HaproxySharing(paths.adminSocket, ticketDirectory(state));
  const addresses = new MachineAddresses(parts);
  return new HaproxyDataPlane(installation, addresses, sharing, paths, logs, store, clock);
}

class HaproxyDataPlane implements DataPlane {
  readonly #installation: Installation;
  readonly #paths: RuntimePaths;
  readonly #logs: LogFiles;
  readonly #store: GenerationStore;
  readonly #clock: Clock;
  readonly #outlines = new Outlines();
  /** The last one. The next takes over what is said of servers that are as before. */
  #surveyed: Survey | undefined;
  /** For the next survey; absent while one is being read. */
  #spareSpace: Space | undefined;
  readonly addresses: MachineAddresses;
  readonly announcer: AnnouncerPort;
  readonly sharing: HaproxySharing;
  readonly health: HaproxyHealth;

  constructor(
    installation: Installation,
    addresses: MachineAddresses,
    sharing: HaproxySharing,
    paths: RuntimePaths,
    logs: LogFiles,
    store: GenerationStore,
    clock: Clock,
  ) {
    this.#installation = installation;
    this.addresses = addresses;
    this.announcer = addresses.announcer;
    this.sharing = sharing;
    this.#paths = paths;
    this.#logs = logs;
    this.#store = store;
    this.#clock = clock;
    this.health = new HaproxyHealth(paths, clock);
  }

  get abilities(): EngineAbilities {
    return this.#installation.capabilities;
  }

  async adopt(): Promise<Instance | undefined> {
    const master = await this.#master();
    if (master !== undefined) return instance(master);
    await removeLeftovers(this.#paths);
    return undefined;
  }

  current(): Promise<Generation | undefined> {
    return this.#store.current();
  }

  async proven(): Promise<Generation | undefined> {
    const digest = await this.identity();
    const running = digest === undefined ? undefined : await this.#store.withDigest(digest);
    return running ?? (await this.#store.lastGood());
  }

  async stage(rendering: Rendering): Promise<StagedGeneration> {
    await this.sharing.ready();
    const staged = await this.#onDisk(async () => {
      // The check already opens the file, so it must be there; what it says is decided before start and reload.
      await this.#writeServerState(noServerState);
      return this.#store.stage(rendering, this.#installation.version);
    });
    const { frontends, servers } = await this.#outline(staged.generation);
    return { ...staged, frontends, servers: servers.map(({ backend, name }) => ({ backend, name })) };
  }

  discard(generation: Generation): Promise<void> {
    return this.#store.discard(generation);
  }

  check(generation: Generation): Promise<readonly Problem[]> {
    return checkConfiguration(this.#installation.binary, this.#store.configuration(generation));
  }

  async preflight(generation: Generation): Promise<readonly Problem[]> {
    const coming = await this.addresses.virtualAddresses(generation);
    return preflight(await this.#outline(generation), await this.#runningOutline(), coming);
  }

  swap(generation: Generation | undefined): Promise<void> {
    return this.#onDisk(() => this.#store.swap(generation));
  }

  async start(): Promise<Result<Instance, Failure>> {
    // States of an earlier run say nothing about now: a server that was down then would wait for its checks.
    await this.#writeServerState(noServerState);
    preparePeersDirectory(this.#paths);
    await this.sharing.ready();
    const { binary } = this.#installation;
    const started = await startHaproxy(
      binary,
      this.#store.currentConfiguration,
      this.#paths,
      this.#logs,
      this.#clock,
    );
    return started.ok ? ok(instance(started.value)) : started;
  }

  async reload(hands: Hands = 'kept'): Promise<Result<Instance, Failure>> {
    const master = await this.#master();
    if (master === undefined) return err(new Failure('reload-failed', 'HAProxy does not run', 'start it'));
    preparePeersDirectory(this.#paths);
    const state = await this.#stateToInherit(hands);
    try {
      await this.#onDisk(() => this.#writeServerState(state));
      await this.sharing.ready();
    } catch (error) {
      // Without their states, servers that are down would get requests: then rather not at all.
      if (error instanceof Failure) return err(error);
      throw error;
    }
    const { capabilities } = this.#installation;
    const reloaded = await reloadHaproxy(master, capabilities, this.#paths, this.#logs, this.#clock);
    // Also after a failed one: it may have made the worker stop and go on.
    this.health.renew();
    // What it holds is history now. Every start and reload writes it first, so nothing depends on this.
    await this.#writeServerState(noServerState).catch(() => undefined);
    return reloaded.ok ? ok(instance(reloaded.value)) : reloaded;
  }

  operate(operation: RuntimeOperation): Promise<Result<void, Failure>> {
    return operate(this.#paths.adminSocket, operation, this.#clock);
  }

  identify({ digest }: Generation): Promise<Result<void, Failure>> {
    return setIdentity(this.#paths.adminSocket, digest);
  }

  async sweep(): Promise<void> {
    const states = await this.#command('show', 'servers', 'state');
    const all = states === undefined ? undefined : readServerStates(states);
    // Whatever was removed is in maintenance.
    const rows = all?.filter(({ admin }) => admin === 'maintenance') ?? [];
    if (rows.length === 0) return;
    const current = await this.#store.current();
    if (current === undefined) return;
    // While a change is under way, HAProxy may still run the configuration before.
    const outlines = [await this.#outline(current), await this.#runningOutline()];
    await sweepServers(
      this.#paths.adminSocket,
      rows,
      outlines.filter((outline) => outline !== undefined),
    );
  }

  async loaded(): Promise<Loaded | undefined> {
    const loaded = await readLoaded(this.#paths.adminSocket);
    return loaded.ok ? loaded.value : undefined;
  }

  overLimit(tables: readonly string[]): Promise<ReadonlyMap<string, OverLimit> | undefined> {
    return readOverLimit(this.#paths.adminSocket, tables);
  }

  tampered(generation: Generation): Promise<readonly string[]> {
    return this.#store.tampered(generation);
  }

  greet(listener: ListenerPlace, name: string | undefined, timeLimit: number): Promise<Greeting> {
    return greet(listener, name, timeLimit);
  }

  probe(server: ServerProbe, timeLimit: number): Promise<ProbeResult> {
    return probeServer(server, timeLimit, this.#clock);
  }

  identity(): Promise<string | undefined> {
    return askIdentity(this.#paths.identitySocket);
  }

  async serversIn(backends: readonly string[]): Promise<readonly RuntimeServer[] | undefined> {
    const states = backends.map((backend) => ['show', 'servers', 'state', backend]);
    const statistics = backends.map((backend) => ['show', 'stat', backend, servers, '-1']);
    const answers = await answersTo(this.#paths.adminSocket, [...states, ...statistics]);
    // One that does not know all of these backends runs something else. One that is too busy is not asked for more.
    if (!answers.ok) return answers.error.refused ? (await this.runtimeState())?.servers : undefined;
    const [at, told] = [this.#clock.now(), answers.value.slice(0, backends.length)];
    const shown = answers.value.slice(backends.length);
    return shown.flatMap((one, index) => serversOf(at, one, told[index]));
  }

  async survey(): Promise<Survey | undefined> {
    // Taken away while it is in use: who asks meanwhile reads into another one.
    const space = this.#spareSpace ?? new Space();
    this.#spareSpace = undefined;
    const found = await this.#survey('patiently', space).finally(() => {
      this.#spareSpace = space;
    });
    if (found !== undefined) this.health.remember(found.servers);
    return found;
  }

  async runtimeState(): Promise<RuntimeState | undefined> {
    return (await this.#survey('at-once'))?.state;
  }

  commit(generation: Generation): Promise<void> {
    return this.#onDisk(() => this.#store.commit(generation));
  }

  async stop(deadline: number): Promise<void> {
    // First, so that another node takes over before anybody is refused here.
    await this.addresses.resign();
    const found = await this.#find(observerPatience);
    if (found.kind === 'nobody') await removeLeftovers(this.#paths);
    else {
      const master = found.kind === 'mute' ? found.process : found.master.process;
      await stopHaproxy(master, this.#paths, deadline, this.#clock);
    }
    await this.addresses.release();
  }

  async #master(patience?: number): Promise<Master | undefined> {
    const found = await this.#find(patience);
    if (found.kind === 'mute') throw stuck(found.process);
    return found.kind === 'running' ? found.master : undefined;
  }

  #find(patience?: number): Promise<Finding> {
    return findMaster(this.#paths, this.#store.currentConfiguration, this.#clock, patience);
  }

  async #survey(pace: Pace, space?: Space): Promise<Survey | undefined> {
    const master = await this.#master(observerPatience);
    if (master === undefined) return undefined;
    const at = this.#clock.now();
    const pids = master.list.leaving.map(({ pid }) => pid);
    const [answers, leaving] = await Promise.all([
      askForAll(this.#paths.adminSocket, pace, space),
      leavingStatistics(this.#paths.masterSocket, pids),
    ]);
    if (answers === undefined) return undefined;
    const found = surveyOf(answers, { at, processes: master.list, leaving }, this.#surveyed);
    this.#surveyed = found ?? this.#surveyed;
    return found;
  }

  async #command(...words: string[]): Promise<string | undefined> {
    const answer = await command(this.#paths.adminSocket, words);
    return answer.ok ? answer.value : undefined;
  }

  #outline(generation: Generation): Promise<Outline> {
    return this.#outlines.of(this.#store.configuration(generation));
  }

  /** Of the generation that HAProxy really runs, which after a failed reload is not the current one. */
  async #runningOutline(): Promise<Outline | undefined> {
    if ((await this.#master()) === undefined) return undefined;
    const running = await this.proven();
    return running === undefined ? undefined : await this.#outline(running);
  }

  /** Best effort: a HAProxy that does not answer must not keep its own repair from being loaded. */
  async #stateToInherit(hands: Hands): Promise<string> {
    const [answer, from, next] = await Promise.all([
      this.#command('show', 'servers', 'state'),
      this.#runningOutline(),
      this.#store.current(),
    ]);
    if (answer === undefined || from === undefined || next === undefined) return noServerState;
    return inheritedState(answer, from, await this.#outline(next), hands);
  }

  /** A full or read-only disk is the environment's fault, and is said so. */
  async #onDisk<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const code = errorCode(cause);
      if (code === undefined) throw cause;
      const mend = 'see whether its disk is full or read-only, and whether it belongs to this account';
      throw new Failure('state-unusable', `the state directory cannot be written (${code})`, mend, { cause });
    }
  }

  #writeServerState(content: string): Promise<void> {
    return replaceFile(this.#paths.serverStateFile, content, 0o600);
  }
}

function instance({ process, list }: Master): Instance {
  return {
    masterPid: process.pid,
    workerPid: list.workers[0]?.pid ?? process.pid,
    version: list.master.version,
  };
}
