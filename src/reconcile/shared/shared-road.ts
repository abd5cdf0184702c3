import { Bug } from '../../kernel/bug.ts';
import { Failure } from '../../kernel/failure.ts';
import { aortaVersion } from '../../kernel/version.ts';
import type { StoreStatus } from '../../model/status.ts';
import type {
  NodeReport,
  NodeVerdict,
  PairRecord,
  SharedChange,
  SharedHead,
} from '../../store/shared/pair-record.ts';
import type { SharedStore, SharedView } from '../../store/shared/shared-store.ts';
import type { Changes } from '../changes.ts';
import type { Listen } from '../progress.ts';
import { SerialQueue } from '../queue.ts';
import type { Serving } from '../serving.ts';
import { nextStep, type SharedStep } from './next-step.ts';
import { type Attendance, OwnPart } from './own-part.ts';
import { begun, committed, withdrawn } from './pair-agreement.ts';
import { holdsAddresses } from './shared-examination.ts';
import type { SharedIntentRoad } from './shared-intents.ts';
import { storeStatus } from './store-status.ts';

export interface SharedRoadParts {
  readonly shared: SharedStore;
  /** The name of this node. */
  readonly node: string;
  readonly serving: Serving;
  readonly changes: Changes;
  readonly intents: SharedIntentRoad;
  /** Told what happens by itself, a clause each. */
  readonly onNote: (note: string) => void;
}

/** How long to wait before what the pair has is tried again here, in milliseconds. */
const respite = 5_000;

/**
 * This node's part in what the nodes share: it says that it is here and what it has, takes part in the change under
 * way, and follows the others. It knows nobody and waits for nobody: everything it does follows from what it sees.
 */
export class SharedRoad {
  readonly #parts: SharedRoadParts;
  #view: SharedView | undefined;
  #away: StoreStatus['away'];
  #verdict: NodeVerdict | undefined;
  #trouble: string | undefined;
  #holds = false;
  /** What takes longer than a look. */
  #work: Promise<void> | undefined;
  #bug: Error | undefined;
  #ended = false;
  /** The last failure. */
  #said = '';
  #follows: { readonly id: string; readonly again: number } | undefined;
  /** What is written last is the newest. */
  readonly #reports = new SerialQueue();
  readonly #abandoned = new Set<string>();
  /** By change. */
  readonly #attended = new Map<string, Attendance>();
  readonly #own: OwnPart;

  constructor(parts: SharedRoadParts) {
    this.#parts = parts;
    this.#own = new OwnPart(parts);
  }

  get shared(): SharedStore {
    return this.#parts.shared;
  }

  /** As of the last look; absent before the first. */
  get view(): SharedView | undefined {
    return this.#view;
  }

  /** Since when the store does not answer; absent: it does. */
  get away(): StoreStatus['away'] {
    return this.#away;
  }

  /** Whether this node has something under way. */
  get busy(): boolean {
    return this.#work !== undefined;
  }

  /** Why this node does not have what the pair has. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** From now on the own part of a change is told. */
  attend(id: string, listen: Listen): Attendance {
    const attendance: Attendance = { listen };
    this.#attended.set(id, attendance);
    return attendance;
  }

  /** Nobody wants to hear of it any more. @param abandoned whoever asked was told that it was not made */
  leave(id: string, abandoned: boolean): void {
    this.#attended.delete(id);
    if (abandoned) this.#abandoned.add(id);
  }

  status(): StoreStatus {
    return storeStatus(this.#parts.shared.kind, this.#view, this.#away);
  }

  /** One round, to be called about twice a second. Throws bugs only. */
  async look(): Promise<void> {
    if (this.#bug !== undefined) throw this.#bug;
    try {
      await this.#parts.shared.beat();
      const view = await this.#parts.shared.look();
      this.#found(view);
      await this.#report(view);
      if (this.#work === undefined && !this.#ended) await this.#take(this.#stepIn(view), view);
      await this.#parts.intents.look(view);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#failed(error);
    }
  }

  /** Begins nothing more. Resolves when this node has nothing under way. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#work;
  }

  #found(view: SharedView): void {
    if (this.#away !== undefined) this.#parts.onNote('the shared store answers again');
    this.#away = undefined;
    // What an earlier controller of this node said still counts.
    this.#verdict ??= view.reports.get(this.#parts.node)?.verdict;
    this.#view = view;
  }

  /** What stays wrong is said once. */
  #failed({ code, message, mend }: Failure): void {
    // The next controller of this node sees how far it came.
    if (code === 'change-interrupted') return;
    const isAway = code === 'store-unreachable' || code === 'store-unreadable';
    const isNews = isAway ? this.#away === undefined : message !== this.#said;
    this.#said = message;
    if (isAway) this.#away ??= { since: this.#parts.serving.parts.clock.now(), why: message };
    if (isNews) this.#parts.onNote(`${message}; ${mend}`);
  }

  #digest(): string | undefined {
    const { now, parts } = this.#parts.serving;
    return now && parts.store.revisions.get(now.revision)?.digest;
  }

  /** Says what is so here, when the store says something else. */
  async #report(view: SharedView): Promise<void> {
    const known = view.reports.get(this.#parts.node);
    if (JSON.stringify(this.#ownReport()) !== JSON.stringify(known)) await this.#tell();
  }

  #ownReport(): NodeReport {
    const digest = this.#digest();
    return {
      format: 1,
      ...(digest === undefined ? {} : { digest }),
      version: aortaVersion,
      holds: this.#holds,
      ...(this.#verdict === undefined ? {} : { verdict: this.#verdict }),
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
    };
  }

  #stepIn({ pair, reports, present }: SharedView): SharedStep {
    return nextStep({
      me: this.#parts.node,
      pair,
      reports,
      present,
      inService: this.#digest(),
      verdict: this.#verdict,
      abandoned: this.#abandoned,
    });
  }

  async #take(step: SharedStep, view: SharedView): Promise<void> {
    switch (step.kind) {
      case 'rest':
        // What it could not follow may have been overtaken.
        if (view.pair.head?.digest === this.#digest()) this.#trouble = undefined;
        return;
      case 'stranger':
        this.#trouble =
          'what is in service here was never shared; `aorta apply` brings one declaration to all';
        return;
      case 'begin':
        await this.#begin(view);
        return;
      case 'say':
        await this.#say(step.verdict);
        return;
      case 'commit':
        await this.#commit(step.change, view);
        return;
      case 'withdraw':
        await this.#withdraw(step.change, step.why, view);
        return;
      case 'examine':
        this.#undertake(() => this.#examine(step.change));
        return;
      case 'make':
        this.#undertake(() => this.#make(step.change));
        return;
      case 'follow':
        this.#undertake(() => this.#follow(step.head, view.pair));
    }
  }

  /** Starts what takes longer than a look; this node goes on saying that it is here. */
  #undertake(work: () => Promise<void>): void {
    this.#work = work()
      .catch((error: unknown) => {
        if (error instanceof Failure) this.#failed(error);
        else this.#bug = error instanceof Error ? error : new Bug('what was thrown is no error');
      })
      .finally(() => {
        this.#work = undefined;
      });
  }

  /** What is said is remembered before it is written: when that fails, the next look writes it. */
  async #say(verdict: NodeVerdict): Promise<void> {
    this.#verdict = verdict;
    await this.#tell();
  }

  async #tell(): Promise<void> {
    await this.#reports.run(() => this.#parts.shared.report(this.#ownReport()));
  }

  async #begin(view: SharedView): Promise<void> {
    const { serving, shared } = this.#parts;
    const now = serving.now;
    const revision = now && serving.parts.store.revisions.get(now.revision);
    if (now === undefined || revision?.state !== 'committed') return;
    const record = begun(revision);
    await shared.keep(record.head.id, now.desired.declaration);
    await shared.agree(record, view);
  }

  async #commit(change: SharedChange, view: SharedView): Promise<void> {
    const { shared } = this.#parts;
    const before = view.pair.head?.id;
    const agreed = await shared.agree(committed(view.pair, change), view);
    if (agreed && before !== undefined) await shared.forget(before);
  }

  async #withdraw(change: SharedChange, why: string, view: SharedView): Promise<void> {
    const { shared } = this.#parts;
    if (await shared.agree(withdrawn(view.pair, change, why), view)) await shared.forget(change.id);
  }

  async #examine(change: SharedChange): Promise<void> {
    this.#holds = await holdsAddresses(this.#parts.serving.parts.dataPlane);
    await this.#say(verdictOf(change, 'ready', await this.#own.examine(change)));
  }

  async #make(change: SharedChange): Promise<void> {
    const attendance = this.#attended.get(change.id);
    const why = await this.#own.make(change, attendance, () => this.#sayThatItBegins(change));
    await this.#say(verdictOf(change, 'has', why));
  }

  /** Written down before: a controller that ends now, and is started again, must know that it had begun. */
  async #sayThatItBegins({ id: change }: SharedChange): Promise<void> {
    const before = this.#verdict;
    try {
      await this.#say({ change, kind: 'making' });
    } catch (error) {
      this.#verdict = before;
      throw error;
    }
  }

  /** Brings what the pair has into service here, after a change that was withdrawn, or after an absence. */
  async #follow(head: SharedHead, { past }: PairRecord): Promise<void> {
    const { serving, onNote } = this.#parts;
    const { clock } = serving.parts;
    if (this.#follows?.id === head.id && clock.now() < this.#follows.again) return;
    this.#follows = { id: head.id, again: clock.now() + respite };
    const now = this.#digest();
    const left = past.find(({ digest }) => digest === now);
    const why = await this.#own.follow(head, left);
    if (why === undefined) this.#follows = undefined;
    const revision = `revision ${head.number} of the shared store`;
    const trouble = why === undefined ? undefined : `it does not take what the pair has: ${why}`;
    // What stays wrong is said once.
    const isNews = why === undefined || trouble !== this.#trouble;
    this.#trouble = trouble;
    if (!isNews) return;
    onNote(
      why === undefined
        ? `brought ${revision} into service: ${left?.why ?? 'the pair has it'}`
        : `${revision} could not be brought into service: ${why}`,
    );
  }
}

/** @param why what this node has against it */
function verdictOf(
  { id: change }: SharedChange,
  kind: 'ready' | 'has',
  why: string | undefined,
): NodeVerdict {
  return why === undefined ? { change, kind } : { change, kind: 'against', why };
}
