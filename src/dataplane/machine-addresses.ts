import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { Failure } from '../kernel/failure.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Absence } from '../model/absence.ts';
import type { Rehearsal } from '../model/address-move.ts';
import { announcementState, instanceState, ownAddresses } from './address-state.ts';
import { Announcer } from './announcer.ts';
import { asResult } from './as-result.ts';
import { Bird } from './bird/bird.ts';
import { readDuty, writeDuty } from './bird/duty.ts';
import { birdFiles } from './bird/files.ts';
import { readBirdOutline } from './bird/outline.ts';
import { Withdrawal } from './bird/withdrawal.ts';
import type { GenerationStore } from './generations/store.ts';
import { hopsToOwners } from './handover/stray-hops.ts';
import { Strays } from './handover/strays.ts';
import { keepalivedFiles } from './keepalived/files.ts';
import { GroupWords } from './keepalived/group-words.ts';
import { Keepalived } from './keepalived/keepalived.ts';
import { LoopbackAddresses } from './keepalived/loopback-addresses.ts';
import { type OutlineInstance, virtualAddresses } from './keepalived/outline.ts';
import { ensureTrackFile, readTrackFile } from './keepalived/track-file.ts';
import type { LogFiles } from './log-files.ts';
import { type MoveFiles, moveFiles } from './moves/move-files.ts';
import { readMoves } from './moves/move-journal.ts';
import { removeMoveNote, writeMoveNote } from './moves/move-note.ts';
import { readRehearsal, writeRehearsal } from './moves/rehearsal-file.ts';
import { removeWatchedGroups, writeWatchedGroups } from './moves/watched-groups.ts';
import type {
  AddressPort,
  AddressState,
  AnnouncementState,
  Generation,
  IntendedMove,
  Problem,
  StrayRoute,
} from './port.ts';
import type { RuntimePaths } from './runtime-paths.ts';
import { readIfPresent } from './system/files.ts';
import { addressesOn } from './system/interface-addresses.ts';
import { quietArp } from './system/quiet-arp.ts';
import { instancesOf, isNothing, type Told, wantedBy, watchedGroup } from './told.ts';
import { Watchdog } from './watchdog/watchdog.ts';

export interface MachineAddressesOptions {
  /** Absolute. */
  readonly stateDirectory: string;
  readonly paths: RuntimePaths;
  readonly logs: LogFiles;
  readonly store: GenerationStore;
  readonly clock: Clock;
  /** A path, or a name to look up. */
  readonly keepalivedBinary: string;
  readonly birdBinary: string;
}

/** A node that gives its addresses up has none after 20 ms; a busy one may need more. In milliseconds. */
const patience = 5_000;

/** The addresses of a node of several: on a real keepalived, which moves them, or on a real BIRD, which announces them. */
export class MachineAddresses implements AddressPort {
  /** Where addresses are announced: it holds nothing of its own. */
  readonly announcer: Announcer;
  readonly #paths: RuntimePaths;
  readonly #store: GenerationStore;
  readonly #keepalived: Keepalived;
  readonly #bird: Bird;
  readonly #withdrawal: Withdrawal;
  readonly #watchdog: Watchdog;
  readonly #loopback: LoopbackAddresses;
  readonly #strays: Strays;
  readonly #moves: MoveFiles;
  readonly #words: GroupWords;
  readonly #clock: Clock;

  constructor(options: MachineAddressesOptions) {
    const { stateDirectory, paths, logs, store, clock, keepalivedBinary, birdBinary } = options;
    this.#paths = paths;
    this.#store = store;
    const files = keepalivedFiles(paths.directory, store.currentKeepalived);
    this.#keepalived = new Keepalived(keepalivedBinary, files, logs.keepalived, clock);
    this.#bird = new Bird(birdBinary, birdFiles(paths), logs.bird, clock);
    this.#withdrawal = new Withdrawal(join(stateDirectory, 'withdrawal'), paths.birdWithdrawalFile);
    this.#watchdog = new Watchdog(stateDirectory, paths, logs.watchdog, clock);
    this.#loopback = new LoopbackAddresses(join(paths.directory, 'loopback-addresses'));
    this.#strays = new Strays(paths);
    this.#moves = moveFiles(stateDirectory);
    this.#words = new GroupWords(paths.groupFiles, join(stateDirectory, 'away.json'));
    this.#clock = clock;
    this.announcer = new Announcer({
      ...{ bird: this.#bird, withdrawal: this.#withdrawal, strays: this.#strays, clock },
      conf: async () => (await this.#told(await store.current())).bird,
    });
  }

  async check(generation: Generation): Promise<readonly Problem[]> {
    const { keepalived, bird } = await this.#told(generation);
    try {
      return [
        ...(keepalived === undefined ? [] : await this.#keepalived.check(this.#store.keepalived(generation))),
        ...(bird === undefined ? [] : await this.#bird.check(this.#store.bird(generation))),
      ];
    } catch (error) {
      if (error instanceof Failure) return [{ code: error.code, what: error.message, mend: error.mend }];
      throw error;
    }
  }

  /** The virtual addresses of a generation. They need not be addresses of this machine yet. */
  async virtualAddresses(generation: Generation): Promise<ReadonlySet<string>> {
    return new Set(wantedBy(await this.#told(generation)).map(({ address }) => address));
  }

  prepare(generation: Generation): Promise<Result<void, Failure>> {
    return asResult(async () => {
      const told = await this.#told(generation);
      if (isNothing(told)) return ok(undefined);
      await ensureTrackFile(this.#paths.healthFile);
      await this.#words.bring(instancesOf(told));
      await quietArp();
      await this.#loopback.add(wantedBy(told));
      return ok(undefined);
    });
  }

  bring(current: Generation | undefined): Promise<Result<void, Failure>> {
    return asResult(async () => {
      const told = await this.#told(current);
      if (isNothing(told)) {
        await this.resign();
        await this.release();
        return ok(undefined);
      }
      // After a restart of the machine, or somebody's hand, they are gone although nothing has changed.
      await this.#loopback.add(wantedBy(told));
      // A controller that died in the middle of a handover left them.
      await this.#strays.sweep();
      await writeWatchedGroups(this.#paths, instancesOf(told).flatMap(watchedGroup));
      await this.#words.bring(instancesOf(told));
      const watched = await this.#watchdog.bring();
      if (!watched.ok) return watched;
      // Before the other one: two of them would say different things of the same addresses.
      if (told.keepalived === undefined) await this.#keepalived.stop();
      if (told.bird === undefined) await this.#endBird();
      const brought = await this.#bringCarrier(told);
      if (!brought.ok) return brought;
      await this.#loopback.keepOnly(wantedBy(told));
      return ok(undefined);
    });
  }

  async stands(current: Generation): Promise<boolean> {
    const told = await this.#told(current);
    if (!(await this.#keepalived.stands(told.keepalived)) || !(await this.#bird.stands(told.bird)))
      return false;
    if (!(await this.#loopback.are(wantedBy(told)))) return false;
    if (!(await this.#words.stand(instancesOf(told)))) return false;
    if (told.bird !== undefined && !(this.#withdrawal.isShown && this.#hasDuty)) return false;
    return ((await this.#watchdog.find()) !== undefined) === !isNothing(told);
  }

  async state(): Promise<AddressState | undefined> {
    const told = await this.#told(await this.#store.current());
    if (isNothing(told)) return undefined;
    const [keepalived, bird, watchdog, health, dumped, absences, moves, rehearsal] = await Promise.all([
      this.#keepalived.running(),
      this.#bird.running(),
      this.#watchdog.find(),
      readTrackFile(this.#paths.healthFile),
      this.#keepalived.instances().catch(silence),
      this.#words.absences(),
      readMoves(this.#moves.journal),
      readRehearsal(this.#moves.rehearsal),
    ]);
    const instances = instancesOf(told);
    const announcement = told.bird === undefined ? undefined : await this.#announcement(told.bird);
    return {
      ...(keepalived === undefined ? {} : { keepalived }),
      ...(bird === undefined ? {} : { bird }),
      ...(watchdog === undefined ? {} : { watchdog: { pid: watchdog.pid } }),
      ...(health === undefined ? {} : { health: { fault: health.fault, since: health.since } }),
      ownAddresses: ownAddresses(instances),
      instances: await Promise.all(
        instances.map(async (instance) => {
          const givesUpSince = await this.#words.givenSince(instance.name);
          const away = instance.preempts ? absences.get(instance.name) : undefined;
          return {
            ...instanceState(instance, dumped),
            ...(givesUpSince === undefined ? {} : { givesUpSince }),
            ...(away === undefined ? {} : { away }),
          };
        }),
      ),
      moves,
      ...(rehearsal === undefined ? {} : { rehearsal }),
      ...(announcement === undefined ? {} : { announcement }),
    };
  }

  async noteMove(move: IntendedMove): Promise<void> {
    await writeMoveNote(this.#paths, { ...move, at: this.#clock.now() });
  }

  async remember(rehearsal: Omit<Rehearsal, 'at'>): Promise<void> {
    await writeRehearsal(this.#moves.rehearsal, { ...rehearsal, at: this.#clock.now() });
  }

  passOn(to: readonly StrayRoute[], limit: number): Promise<Result<void, Failure>> {
    return asResult(async () => {
      const [first] = await this.#instances();
      if (first === undefined) return err(noPair());
      await this.#strays.sendOn(hopsToOwners(to, first.interface), limit);
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
        gone = await this.#within(patience, async () => !held());
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
    if ((await this.#watchdog.find()) !== undefined) await this.noteMove({ kind: 'end' });
    await this.#keepalived.stop();
    await this.#endBird();
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
  async #within(limit: number, isSo: () => Promise<boolean>): Promise<boolean> {
    const deadline = this.#clock.now() + limit;
    while (!(await isSo())) {
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
    return instancesOf(await this.#told(await this.#store.current()));
  }

  async #bringCarrier({ keepalived, bird }: Told): Promise<Result<void, Failure>> {
    if (keepalived !== undefined) return await this.#keepalived.bring(keepalived);
    if (bird === undefined) return ok(undefined);
    await this.#withdrawal.show();
    // Nothing is announced before the watchdog has seen that HAProxy serves; from then on the file is its own.
    if (!this.#hasDuty) writeDuty(this.#paths.birdHealthFile, true, 'create');
    return await this.#bird.bring(bird);
  }

  /** Whether the watchdog has a file to write whether HAProxy serves. */
  get #hasDuty(): boolean {
    return readDuty(this.#paths.birdHealthFile) !== undefined;
  }

  /** Routers learn of it before this comes back. */
  async #endBird(): Promise<void> {
    if (!(await this.#bird.stands(undefined)) || this.#hasDuty) await this.#bird.stop();
  }

  async #announcement(text: string): Promise<AnnouncementState> {
    const [withdrawal, sessions] = await Promise.all([this.#withdrawal.read(), this.#bird.sessions(text)]);
    return announcementState(readBirdOutline(text), withdrawal, sessions);
  }

  async #told(generation: Generation | undefined): Promise<Told> {
    if (generation === undefined) return {};
    const [keepalived, bird] = await Promise.all([
      readIfPresent(this.#store.keepalived(generation)),
      readIfPresent(this.#store.bird(generation)),
    ]);
    return { ...(keepalived === undefined ? {} : { keepalived }), ...(bird === undefined ? {} : { bird }) };
  }
}

function noPair(): Failure {
  const mend = 'declare `ha` and write a node file: docs/how-to/pair.md';
  return new Failure('no-pair', 'this machine has no addresses that move', mend);
}

/** One that is not installed any more, or not ours, is not asked. */
function silence(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}
