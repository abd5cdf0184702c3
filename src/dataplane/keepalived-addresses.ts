import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { Failure } from '../kernel/failure.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Absence } from '../model/absence.ts';
import type { Rehearsal } from '../model/address-move.ts';
import type { GenerationStore } from './generations/store.ts';
import { Strays } from './handover/strays.ts';
import { keepalivedFiles } from './keepalived/files.ts';
import { GroupWords } from './keepalived/group-words.ts';
import { Keepalived } from './keepalived/keepalived.ts';
import { LoopbackAddresses } from './keepalived/loopback-addresses.ts';
import { type OutlineInstance, readKeepalivedOutline, virtualAddresses } from './keepalived/outline.ts';
import { ensureTrackFile, readTrackFile } from './keepalived/track-file.ts';
import type { DumpedInstance } from './keepalived/vrrp-dump.ts';
import type { LogFiles } from './log-files.ts';
import { type MoveFiles, moveFiles } from './moves/move-files.ts';
import { readMoves } from './moves/move-journal.ts';
import { removeMoveNote, writeMoveNote } from './moves/move-note.ts';
import { readRehearsal, writeRehearsal } from './moves/rehearsal-file.ts';
import { removeWatchedGroups, type WatchedGroup, writeWatchedGroups } from './moves/watched-groups.ts';
import type {
  AddressPort,
  AddressState,
  Generation,
  MoveAnnouncement,
  Problem,
  StrayRoute,
  VrrpInstance,
} from './port.ts';
import type { RuntimePaths } from './runtime-paths.ts';
import { readIfPresent } from './system/files.ts';
import { addressesOn } from './system/interface-addresses.ts';
import { quietArp } from './system/quiet-arp.ts';
import { Watchdog } from './watchdog/watchdog.ts';

export interface KeepalivedAddressesOptions {
  /** Absolute. */
  readonly stateDirectory: string;
  readonly paths: RuntimePaths;
  readonly logs: LogFiles;
  readonly store: GenerationStore;
  readonly clock: Clock;
  /** A path, or a name to look up. */
  readonly keepalivedBinary: string;
}

/** A node that gives its addresses up has none after 20 ms; a busy one may need more. In milliseconds. */
const patience = 5_000;

/** The addresses of a pair on a real keepalived. */
export class KeepalivedAddresses implements AddressPort {
  readonly #paths: RuntimePaths;
  readonly #store: GenerationStore;
  readonly #keepalived: Keepalived;
  readonly #watchdog: Watchdog;
  readonly #loopback: LoopbackAddresses;
  readonly #strays: Strays;
  readonly #moves: MoveFiles;
  readonly #words: GroupWords;
  readonly #clock: Clock;

  constructor({ stateDirectory, paths, logs, store, clock, keepalivedBinary }: KeepalivedAddressesOptions) {
    this.#paths = paths;
    this.#store = store;
    const files = keepalivedFiles(paths.directory, store.currentKeepalived);
    this.#keepalived = new Keepalived(keepalivedBinary, files, logs.keepalived, clock);
    this.#watchdog = new Watchdog(stateDirectory, paths, logs.watchdog, clock);
    this.#loopback = new LoopbackAddresses(join(paths.directory, 'loopback-addresses'));
    this.#strays = new Strays(paths);
    this.#moves = moveFiles(stateDirectory);
    this.#words = new GroupWords(paths.groupFiles, join(stateDirectory, 'away.json'));
    this.#clock = clock;
  }

  async check(generation: Generation): Promise<readonly Problem[]> {
    if ((await this.#text(generation)) === undefined) return [];
    try {
      return await this.#keepalived.check(this.#store.keepalived(generation));
    } catch (error) {
      if (error instanceof Failure) return [{ code: error.code, what: error.message, mend: error.mend }];
      throw error;
    }
  }

  /** The virtual addresses of a generation. They need not be addresses of this machine yet. */
  async virtualAddresses(generation: Generation): Promise<ReadonlySet<string>> {
    return new Set(wantedBy(await this.#text(generation)).map(({ address }) => address));
  }

  prepare(generation: Generation): Promise<Result<void, Failure>> {
    return asResult(async () => {
      const text = await this.#text(generation);
      if (text === undefined) return ok(undefined);
      await ensureTrackFile(this.#paths.healthFile);
      await this.#words.bring(readKeepalivedOutline(text).instances);
      await quietArp();
      await this.#loopback.add(wantedBy(text));
      return ok(undefined);
    });
  }

  bring(current: Generation | undefined): Promise<Result<void, Failure>> {
    return asResult(async () => {
      const text = await this.#text(current);
      if (text === undefined) {
        await this.resign();
        await this.release();
        return ok(undefined);
      }
      // After a restart of the machine, or somebody's hand, they are gone although nothing has changed.
      await this.#loopback.add(wantedBy(text));
      // A controller that died in the middle of a handover left them.
      await this.#strays.sweep();
      await writeWatchedGroups(this.#paths, readKeepalivedOutline(text).instances.flatMap(watchedGroup));
      await this.#words.bring(readKeepalivedOutline(text).instances);
      const watched = await this.#watchdog.bring();
      if (!watched.ok) return watched;
      const brought = await this.#keepalived.bring(text);
      if (!brought.ok) return brought;
      await this.#loopback.keepOnly(wantedBy(text));
      return ok(undefined);
    });
  }

  async stands(current: Generation): Promise<boolean> {
    const text = await this.#text(current);
    const wanted = wantedBy(text);
    if (!(await this.#keepalived.stands(text)) || !(await this.#loopback.are(wanted))) return false;
    if (text !== undefined && !(await this.#words.stand(readKeepalivedOutline(text).instances))) return false;
    return ((await this.#watchdog.find()) !== undefined) === (text !== undefined);
  }

  async state(): Promise<AddressState | undefined> {
    const text = await this.#currentText();
    if (text === undefined) return undefined;
    const [keepalived, watchdog, health, dumped, absences, moves, rehearsal] = await Promise.all([
      this.#keepalived.running(),
      this.#watchdog.find(),
      readTrackFile(this.#paths.healthFile),
      this.#keepalived.instances().catch(silence),
      this.#words.absences(),
      readMoves(this.#moves.journal),
      readRehearsal(this.#moves.rehearsal),
    ]);
    const { instances } = readKeepalivedOutline(text);
    return {
      ...(keepalived === undefined ? {} : { keepalived }),
      ...(watchdog === undefined ? {} : { watchdog: { pid: watchdog.pid } }),
      ...(health === undefined ? {} : { health: { fault: health.fault, since: health.since } }),
      ownAddresses: ownAddresses(instances),
      instances: await Promise.all(
        instances.map(async (instance) => {
          const givesUpSince = await this.#words.givenSince(instance.name);
          const away = instance.preempts ? absences.get(instance.name) : undefined;
          return {
            ...describe(instance, dumped),
            ...(givesUpSince === undefined ? {} : { givesUpSince }),
            ...(away === undefined ? {} : { away }),
          };
        }),
      ),
      moves,
      ...(rehearsal === undefined ? {} : { rehearsal }),
    };
  }

  async announce(announcement: MoveAnnouncement): Promise<void> {
    await writeMoveNote(this.#paths, { ...announcement, at: this.#clock.now() });
  }

  async remember(rehearsal: Omit<Rehearsal, 'at'>): Promise<void> {
    await writeRehearsal(this.#moves.rehearsal, { ...rehearsal, at: this.#clock.now() });
  }

  passOn(to: readonly StrayRoute[], limit: number): Promise<Result<void, Failure>> {
    return asResult(async () => {
      const [first] = await this.#instances();
      if (first === undefined) return err(noPair());
      await this.#strays.passOn(to, first.interface, limit);
      return ok(undefined);
    });
  }

  stopPassingOn(): Promise<Result<void, Failure>> {
    return asResult(async () => {
      await this.#strays.stop();
      return ok(undefined);
    });
  }

  giveUp(groups: readonly string[]): Promise<Result<number, Failure>> {
    return asResult(async () => {
      const instances = (await this.#instances()).filter(({ name }) => groups.includes(name));
      if (instances.length === 0) return err(noPair());
      const addresses = virtualAddresses({ instances });
      const held = () => addresses.some(({ address, interface: on }) => addressesOn(on).has(address));
      const began = this.#clock.now();
      let gone = false;
      this.#words.give(instances.map(({ name }) => name));
      try {
        gone = await this.#within(patience, () => !held());
      } finally {
        // From now on it would take them again if the other node failed.
        this.#words.haveGiven();
        await this.#words.bring(instances);
      }
      if (gone) return ok(this.#clock.now() - began);
      const what = 'keepalived did not give the addresses up';
      return err(new Failure('addresses-failed', what, 'see its log, and whether it runs'));
    });
  }

  leave(groups: readonly string[], absence: Absence): Promise<Result<void, Failure>> {
    return this.#decide(() => this.#words.leave(groups, absence));
  }

  comeBack(groups: readonly string[]): Promise<Result<void, Failure>> {
    return this.#decide(() => this.#words.comeBack(groups));
  }

  makeWay(groups: readonly string[], limit: number): Promise<Result<void, Failure>> {
    return this.#decide(() => this.#words.makeWay(groups, limit, () => void this.takePart()));
  }

  takePart(): Promise<Result<void, Failure>> {
    return this.#decide(() => this.#words.takePart());
  }

  /** Gives the addresses up. Listeners on them stay, so that what is under way can end. */
  async resign(): Promise<void> {
    if ((await this.#watchdog.find()) !== undefined) await this.announce({ kind: 'end' });
    await this.#keepalived.stop();
    await this.#watchdog.stop();
  }

  /** Takes away all that was added for the addresses. To be called when nobody listens on them any more. */
  async release(): Promise<void> {
    await this.#strays.stop();
    await this.#loopback.keepOnly([]);
    await removeMoveNote(this.#paths);
    await removeWatchedGroups(this.#paths);
    await this.#words.remove();
    await rm(this.#paths.healthFile, { force: true });
  }

  /** @returns whether it came to be so within some milliseconds */
  async #within(limit: number, isSo: () => boolean): Promise<boolean> {
    const deadline = this.#clock.now() + limit;
    while (!isSo()) {
      if (this.#clock.now() > deadline) return false;
      await this.#clock.sleep(5);
    }
    return true;
  }

  /** Decides something about groups, and tells keepalived. */
  #decide(decision: () => void | Promise<void>): Promise<Result<void, Failure>> {
    return asResult(async () => {
      await decision();
      await this.#words.bring(await this.#instances());
      return ok(undefined);
    });
  }

  async #instances(): Promise<readonly OutlineInstance[]> {
    return readKeepalivedOutline((await this.#currentText()) ?? '').instances;
  }

  async #currentText(): Promise<string | undefined> {
    return this.#text(await this.#store.current());
  }

  async #text(generation: Generation | undefined): Promise<string | undefined> {
    return generation === undefined ? undefined : await readIfPresent(this.#store.keepalived(generation));
  }
}

function wantedBy(text: string | undefined) {
  return text === undefined ? [] : virtualAddresses(readKeepalivedOutline(text));
}

function ownAddresses(instances: readonly OutlineInstance[]): string[] {
  const devices = new Set(instances.map(({ interface: device }) => device));
  const moving = new Set(virtualAddresses({ instances }).map(({ address }) => address));
  return [...devices].flatMap((device) => [...addressesOn(device)].filter((address) => !moving.has(address)));
}

function describe(
  { name, interface: device, virtualRouterId, addresses }: OutlineInstance,
  dumped: readonly DumpedInstance[] | undefined,
): VrrpInstance {
  const said = dumped?.find((one) => one.name === name);
  return {
    name,
    interface: device,
    virtualRouterId,
    ...(said === undefined ? {} : { state: said.state }),
    ...(said === undefined || said.state === 'starting' ? {} : { since: said.since }),
    ...(said === undefined ? {} : { priority: said.effectivePriority }),
    addresses: addresses.map(({ address, interface: on }) => ({
      address,
      held: addressesOn(on).has(address),
    })),
  };
}

async function asResult<T>(work: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) return err(error);
    throw error;
  }
}

function watchedGroup({ name, addresses: [anchor] }: OutlineInstance): WatchedGroup[] {
  return anchor === undefined ? [] : [{ name, interface: anchor.interface, anchor: anchor.address }];
}

function noPair(): Failure {
  const mend = 'declare `ha` and write a node file: docs/how-to/pair.md';
  return new Failure('no-pair', 'this machine has no addresses that move', mend);
}

/** One that is not installed any more, or not ours, is not asked. */
function silence(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}
