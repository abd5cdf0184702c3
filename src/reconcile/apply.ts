import type { DataPlane, Generation, Instance, StagedGeneration } from '../dataplane/port.ts';
import type { Rendering } from '../ir/rendering.ts';
import type { Clock } from '../kernel/clock.ts';
import { type Outcome, type Refusal, refusalOf, refusalOfFailure } from './outcome.ts';
import { verify } from './verify.ts';

/**
 * Brings a rendering into service: stage, check, preflight, swap, start or reload, verify. What fails before the
 * swap is refused and touches nothing; what fails after it is undone.
 *
 * Two of these must never run at a time for one data plane: see {@link Reconciler}.
 * @throws Failure when the environment fails, for example a full disk
 */
export async function apply(rendering: Rendering, dataPlane: DataPlane, clock: Clock): Promise<Outcome> {
  const running = await dataPlane.adopt();
  // Not simply the current one: a controller killed between swap and reload leaves that unproven.
  const previous = await dataPlane.proven();
  const staged = await dataPlane.stage(rendering);
  const { generation, fresh } = staged;
  if (!fresh && running !== undefined && (await dataPlane.identity()) === generation.digest) {
    await dataPlane.commit(generation);
    return { kind: 'unchanged', generation };
  }
  const { refused, warnings } = await examine(rendering, staged, dataPlane);
  if (refused !== undefined) {
    if (fresh) await dataPlane.discard(generation);
    return refused;
  }
  await dataPlane.swap(generation);
  const outcome =
    running === undefined
      ? await start(staged, previous, dataPlane, clock)
      : await reload(staged, previous, running, dataPlane, clock);
  return warnings.length === 0 ? outcome : { ...outcome, warnings };
}

async function examine(
  rendering: Rendering,
  { generation }: StagedGeneration,
  dataPlane: DataPlane,
): Promise<{ readonly refused?: Outcome; readonly warnings: readonly Refusal[] }> {
  const warnings: Refusal[] = [];
  for (const stage of ['check', 'preflight'] as const) {
    const found = (await dataPlane[stage](generation)).map((problem) => refusalOf(problem, rendering));
    const refusals = found.filter(({ severity }) => severity !== 'warning');
    warnings.push(...found.filter(({ severity }) => severity === 'warning'));
    if (refusals.length === 0) continue;
    const carried = warnings.length === 0 ? {} : { warnings };
    return { refused: { kind: 'refused', stage, refusals, ...carried }, warnings };
  }
  return { warnings };
}

async function start(
  staged: StagedGeneration,
  previous: Generation | undefined,
  dataPlane: DataPlane,
  clock: Clock,
): Promise<Outcome> {
  const started = await dataPlane.start();
  const missing = started.ok ? await verify(staged, dataPlane, clock) : undefined;
  if (started.ok && missing === undefined) {
    await dataPlane.commit(staged.generation);
    return { kind: 'applied', how: 'started', generation: staged.generation };
  }
  // Nothing ran before, so nothing runs now: a HAProxy that cannot be verified is not left behind.
  await dataPlane.stop(0);
  await dataPlane.swap(previous);
  if (!started.ok) return { kind: 'rolledBack', stage: 'start', reason: refusalOfFailure(started.error) };
  return { kind: 'rolledBack', stage: 'verify', reason: missing ?? unexplained };
}

async function reload(
  staged: StagedGeneration,
  previous: Generation | undefined,
  running: Instance,
  dataPlane: DataPlane,
  clock: Clock,
): Promise<Outcome> {
  const reloaded = await dataPlane.reload();
  const missing = reloaded.ok ? await verify(staged, dataPlane, clock) : undefined;
  if (reloaded.ok && missing === undefined) {
    await dataPlane.commit(staged.generation);
    return { kind: 'applied', how: 'reloaded', generation: staged.generation };
  }
  const notRestored = await restore(previous, running, dataPlane);
  const undone = notRestored === undefined ? {} : { notRestored };
  if (!reloaded.ok) {
    return { kind: 'rolledBack', stage: 'reload', reason: refusalOfFailure(reloaded.error), ...undone };
  }
  return { kind: 'rolledBack', stage: 'verify', reason: missing ?? unexplained, ...undone };
}

const unexplained: Refusal = {
  code: 'verify-failed',
  what: 'HAProxy could not be verified',
  mend: 'look at the log of HAProxy',
};

/**
 * Points `current` back, and reloads again only when a new worker took over: after a refused reload the old one
 * still serves, and another reload could only hurt it.
 */
async function restore(
  previous: Generation | undefined,
  running: Instance,
  dataPlane: DataPlane,
): Promise<Refusal | undefined> {
  await dataPlane.swap(previous);
  const now = await dataPlane.adopt();
  if (now?.workerPid === running.workerPid) return undefined;
  if (previous === undefined)
    return {
      code: 'verify-failed',
      what: 'there is no generation before this one',
      mend: 'apply a declaration that works',
    };
  const restored = now === undefined ? await dataPlane.start() : await dataPlane.reload();
  return restored.ok ? undefined : refusalOfFailure(restored.error);
}
