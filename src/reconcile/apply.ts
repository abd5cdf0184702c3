import type { DataPlane, Generation, Hands, Instance, StagedGeneration } from '../dataplane/port.ts';
import type { Rendering } from '../ir/rendering.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Failure } from '../kernel/failure.ts';
import type { RuntimeOperation } from '../plan/operation.ts';
import { counted } from '../plan/words.ts';
import { type How, isError, type Outcome, type Refusal, refusalOf, refusalOfFailure } from './outcome.ts';
import type { Listen } from './progress.ts';
import { type Proof, verify } from './verify.ts';

/** How a rendering is brought into service. All absent: by a start or a reload, unexamined beyond HAProxy's check. */
export interface ApplyOptions {
  /** Commands that bring the running HAProxy there without a reload; a failing one escalates to a reload. */
  readonly operations?: readonly RuntimeOperation[];
  /** Looks at more than the data plane can see, for example the servers. */
  readonly examine?: () => Promise<readonly Refusal[]>;
  /** Goes on although `examine` found errors. What HAProxy or this machine refuses is never overridden. */
  readonly force?: boolean;
  /** Reloads although the running HAProxy says that it does this already: it may be between two worlds. */
  readonly again?: boolean;
  /** What must be so once it is in service, besides what every data plane can verify. */
  readonly proof?: Proof;
  /**
   * Called once everything was examined and before anything in service is touched.
   * @throws Failure to stop here
   */
  readonly onAccepted?: (generation: Generation, remarks: readonly Refusal[]) => void;
  readonly listen?: Listen;
}

/**
 * Brings a rendering into service: stage, check, preflight, swap, then start, commands or reload, then verify, and on a
 * node of a pair the addresses. What fails before the swap is refused and touches nothing; what fails after it is undone.
 * It is proven then, and not yet committed.
 *
 * Two of these must never run at a time for one data plane: see {@link Serving}.
 * @throws Failure when the environment fails, for example a full disk
 */
export async function apply(
  rendering: Rendering,
  dataPlane: DataPlane,
  clock: Clock,
  options: ApplyOptions = {},
): Promise<Outcome> {
  const { listen = () => undefined } = options;
  const running = await dataPlane.adopt();
  // Not simply the current one: a controller killed between swap and reload leaves that unproven.
  const previous = await dataPlane.proven();
  listen('stage', 'begun');
  const staged = await dataPlane.stage(rendering);
  const { generation, fresh } = staged;
  listen(
    'stage',
    'done',
    fresh ? `generation ${generation.number}` : `generation ${generation.number}, as before`,
  );
  const answers = running === undefined ? undefined : await dataPlane.identity();
  if (!fresh && options.again !== true && answers === generation.digest) {
    // Whoever carries the addresses may have died meanwhile. When that fails, the watchman goes on and says so.
    await dataPlane.addresses.bring(generation);
    return { kind: 'unchanged', generation };
  }
  const examination = await examine(rendering, staged, dataPlane, options);
  if (examination.kind === 'refused') {
    if (fresh) await dataPlane.discard(generation);
    return examination;
  }
  try {
    options.onAccepted?.(generation, examination.remarks);
  } catch (error) {
    if (fresh) await dataPlane.discard(generation);
    throw error;
  }
  const way = new Way(staged, previous, running, dataPlane, clock, options, listen);
  return await way.go(examination.remarks);
}

type Examination =
  | { readonly kind: 'passed'; readonly remarks: readonly Refusal[] }
  | Extract<Outcome, { kind: 'refused' }>;

async function examine(
  rendering: Rendering,
  { generation }: StagedGeneration,
  dataPlane: DataPlane,
  { examine: more, force = false, listen = () => undefined }: ApplyOptions,
): Promise<Examination> {
  listen('check', 'begun');
  const checks = [dataPlane.check(generation), dataPlane.addresses.check(generation)];
  const complaints = (await Promise.all(checks)).flat();
  if (complaints.length > 0) {
    listen('check', 'failed');
    return { kind: 'refused', stage: 'check', refusals: complaints.map((one) => refusalOf(one, rendering)) };
  }
  listen('check', 'done', 'HAProxy takes the configuration');
  listen('preflight', 'begun');
  const [problems, found] = await Promise.all([dataPlane.preflight(generation), more?.() ?? []]);
  const here = problems.map((one) => refusalOf(one, rendering));
  const refusals = [...here, ...found];
  if (here.some(isError) || (found.some(isError) && !force)) {
    listen('preflight', 'failed');
    return { kind: 'refused', stage: 'preflight', refusals };
  }
  const remarks = refusals.map((one) => ({ ...one, severity: 'warning' as const }));
  listen('preflight', 'done', remarks.length === 0 ? undefined : counted(remarks.length, 'remark'));
  return { kind: 'passed', remarks };
}

/** The part of the road on which there is something to undo. */
class Way {
  readonly #staged: StagedGeneration;
  readonly #previous: Generation | undefined;
  readonly #running: Instance | undefined;
  readonly #dataPlane: DataPlane;
  readonly #clock: Clock;
  readonly #options: ApplyOptions;
  readonly #listen: Listen;
  /** Commands may have been done, all or some. */
  #operated = false;

  constructor(
    staged: StagedGeneration,
    previous: Generation | undefined,
    running: Instance | undefined,
    dataPlane: DataPlane,
    clock: Clock,
    options: ApplyOptions,
    listen: Listen,
  ) {
    this.#staged = staged;
    this.#previous = previous;
    this.#running = running;
    this.#dataPlane = dataPlane;
    this.#clock = clock;
    this.#options = options;
    this.#listen = listen;
  }

  async go(remarks: readonly Refusal[]): Promise<Outcome> {
    this.#listen('swap', 'begun');
    await this.#dataPlane.swap(this.#staged.generation);
    this.#listen('swap', 'done');
    const unprepared = await this.#dataPlane.addresses.prepare(this.#staged.generation);
    if (!unprepared.ok) return await this.#withoutAddresses(unprepared.error);
    if (this.#running === undefined) return await this.#start(remarks);
    const { operations } = this.#options;
    if (operations === undefined) return await this.#reload(this.#running, remarks);
    return await this.#operate(this.#running, operations, remarks);
  }

  async #start(remarks: readonly Refusal[]): Promise<Outcome> {
    this.#listen('start', 'begun');
    const started = await this.#dataPlane.start();
    this.#listen('start', started.ok ? 'done' : 'failed');
    const missing = started.ok ? await this.#verify() : undefined;
    if (started.ok && missing === undefined) return await this.#hold('started', remarks);
    await this.#end();
    if (!started.ok) return { kind: 'rolledBack', stage: 'start', reason: refusalOfFailure(started.error) };
    return { kind: 'rolledBack', stage: 'verify', reason: missing ?? unexplained };
  }

  /** Nothing ran before, so nothing runs now: a HAProxy that cannot be verified is not left behind. */
  async #end(): Promise<void> {
    this.#listen('restore', 'begun');
    await this.#dataPlane.stop(0);
    await this.#dataPlane.swap(this.#previous);
    this.#listen('restore', 'done');
  }

  async #operate(
    running: Instance,
    operations: readonly RuntimeOperation[],
    remarks: readonly Refusal[],
  ): Promise<Outcome> {
    this.#listen('operate', 'begun', counted(operations.length, 'command'));
    this.#operated = true;
    const refusal = await this.#send(operations);
    if (refusal === undefined) {
      this.#listen('operate', 'done');
      const missing = await this.#verify();
      if (missing === undefined) return await this.#hold('runtime', remarks);
      return await this.#escalate(running, remarks, missing);
    }
    return await this.#escalate(running, remarks, refusal);
  }

  async #send(operations: readonly RuntimeOperation[]): Promise<Refusal | undefined> {
    for (const operation of operations) {
      const result = await this.#dataPlane.operate(operation);
      if (!result.ok) return refusalOfFailure(result.error);
    }
    const identified = await this.#dataPlane.identify(this.#staged.generation);
    return identified.ok ? undefined : refusalOfFailure(identified.error);
  }

  /** The file is the truth: a reload brings HAProxy to it, whatever the commands did. */
  async #escalate(running: Instance, remarks: readonly Refusal[], why: Refusal): Promise<Outcome> {
    this.#listen('operate', 'escalated', why.what);
    const outcome = await this.#reload(running, remarks);
    return outcome.kind === 'applied' ? { ...outcome, escalated: why } : outcome;
  }

  async #reload(running: Instance, remarks: readonly Refusal[]): Promise<Outcome> {
    this.#listen('reload', 'begun');
    const reloaded = await this.#dataPlane.reload(this.#hands);
    this.#listen('reload', reloaded.ok ? 'done' : 'failed');
    const missing = reloaded.ok ? await this.#verify() : undefined;
    if (reloaded.ok && missing === undefined) return await this.#hold('reloaded', remarks);
    const notRestored = await this.#restore(running);
    const undone = notRestored === undefined ? {} : { notRestored };
    if (!reloaded.ok) {
      return { kind: 'rolledBack', stage: 'reload', reason: refusalOfFailure(reloaded.error), ...undone };
    }
    return { kind: 'rolledBack', stage: 'verify', reason: missing ?? unexplained, ...undone };
  }

  async #verify(): Promise<Refusal | undefined> {
    this.#listen('verify', 'begun');
    const missing = await verify(this.#staged, this.#dataPlane, this.#clock, this.#options.proof);
    this.#listen('verify', missing === undefined ? 'done' : 'failed', missing?.what);
    return missing;
  }

  /** The last step: HAProxy serves, so this machine may hold addresses. */
  async #hold(how: How, remarks: readonly Refusal[]): Promise<Outcome> {
    const { generation } = this.#staged;
    // Always so where there is no pair: then nothing is to be told either.
    if (!(await this.#dataPlane.addresses.stands(generation))) {
      this.#listen('addresses', 'begun');
      const brought = await this.#dataPlane.addresses.bring(generation);
      if (!brought.ok) return await this.#withoutAddresses(brought.error);
      this.#listen('addresses', 'done');
    }
    return { kind: 'applied', how, generation, remarks };
  }

  async #withoutAddresses(failure: Failure): Promise<Outcome> {
    const reason = refusalOfFailure(failure);
    this.#listen('addresses', 'failed', reason.what);
    const notRestored = this.#running === undefined ? await this.#end() : await this.#restore(this.#running);
    return {
      kind: 'rolledBack',
      stage: 'addresses',
      reason,
      ...(notRestored === undefined ? {} : { notRestored }),
    };
  }

  /**
   * Points `current` back, and reloads again only when something else than before may run: after a refused reload the
   * old worker still serves, and another reload could only hurt it.
   */
  async #restore(running: Instance): Promise<Refusal | undefined> {
    this.#listen('restore', 'begun');
    await this.#dataPlane.swap(this.#previous);
    const now = await this.#dataPlane.adopt();
    const untouched = now?.workerPid === running.workerPid && !this.#operated;
    if (!untouched) {
      if (this.#previous === undefined) return nothingBefore;
      const restored =
        now === undefined ? await this.#dataPlane.start() : await this.#dataPlane.reload(this.#hands);
      if (!restored.ok) return this.#notRestored(restored.error);
    }
    const brought = await this.#dataPlane.addresses.bring(this.#previous);
    if (!brought.ok) return this.#notRestored(brought.error);
    this.#listen('restore', 'done');
    return undefined;
  }

  #notRestored(failure: Failure): Refusal {
    this.#listen('restore', 'failed');
    return refusalOfFailure(failure);
  }

  /** After commands, half of which may have been done, HAProxy must not carry over what they said. */
  get #hands(): Hands {
    const { operations, again } = this.#options;
    return again === true || operations !== undefined ? 'dropped' : 'kept';
  }
}

const unexplained: Refusal = {
  code: 'verify-failed',
  what: 'HAProxy could not be verified',
  mend: 'look at the log of HAProxy',
};

const nothingBefore: Refusal = {
  code: 'verify-failed',
  what: 'there is no generation before this one',
  mend: 'apply a declaration that works',
};
