import type { Clock } from '../../kernel/clock.ts';
import type { Expectation } from './expectation.ts';
import { judge } from './judge.ts';
import type { Sampled, Sampler } from './sampler.ts';
import { count, percent } from './share.ts';
import type { Window } from './window.ts';

/** What came of watching a change. */
export interface Verdict {
  /** False: the service is worse than before. */
  readonly ok: boolean;
  /** Whole sentences with the numbers. */
  readonly evidence: readonly string[];
}

export interface Watch {
  readonly dataPlane: Sampled;
  readonly clock: Clock;
  readonly sampler: Sampler;
  /** As it was until the change began. */
  readonly before: Window;
  /** What the new configuration promises. */
  readonly expected: Expectation;
  /** Milliseconds; 0: not at all. */
  readonly duration: number;
  readonly signal?: AbortSignal;
}

const rhythm = 500;

/**
 * Watches the running HAProxy after a change. Ends early when waiting would only hurt; whatever else looks worse
 * must still do so at the end.
 * @throws what the signal was aborted with
 */
export async function watch({ signal, ...task }: Watch): Promise<Verdict> {
  const { dataPlane, clock, sampler, before, expected, duration } = task;
  if (duration <= 0) return { ok: true, evidence: [] };
  const begin = clock.now();
  while (true) {
    signal?.throwIfAborted();
    const { at } = await sampler.take(dataPlane, clock);
    const after = sampler.window(begin, at);
    const regressions = judge(before, after, expected);
    const left = begin + duration - at;
    const fatal = regressions.filter((regression) => regression.fatal);
    if (left <= 0 || fatal.length > 0) {
      // What is fatal comes first; what else is worse by now belongs to the picture.
      const evidence = [...new Set([...fatal, ...regressions])].map(({ what }) => what);
      return evidence.length > 0
        ? { ok: false, evidence }
        : { ok: true, evidence: goodCase(before, after, expected) };
    }
    await clock.sleep(Math.min(rhythm, left));
  }
}

/** `10 s: 1,204 requests, 0.1 % 5xx (before 0.1 %); 4 of 4 servers up`. */
function goodCase(before: Window, after: Window, expected: Expectation): string[] {
  const pools = [...expected.pools].map(([backend, pool]) => ({
    ...pool,
    up: Math.min(after.up?.get(backend) ?? 0, pool.wanted),
  }));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const up = `${count(sum(pools.map((pool) => pool.up)))} of ${count(sum(pools.map(({ wanted }) => wanted)))} servers up`;
  const sentences = [`${Math.round(after.length / 1_000)} s: ${traffic(before, after, expected)}; ${up}`];
  const dead = pools.filter((pool) => pool.wanted > 0 && pool.up === 0).map(({ service }) => service);
  if (dead.length > 0) sentences.push(`no server is up of ${dead.join(', ')}, as before the change`);
  return sentences;
}

function traffic(before: Window, after: Window, expected: Expectation): string {
  const then = total(before, expected);
  const now = total(after, expected);
  if (now.requests === 0) return 'no requests';
  const reference = then.requests === 0 ? '' : ` (before ${percent(then.answers5xx / then.requests)})`;
  return `${count(now.requests)} requests, ${percent(now.answers5xx / now.requests)} 5xx${reference}`;
}

/** Of the frontends that serve: the controller's own questions are no traffic. */
function total({ frontends }: Window, expected: Expectation): { requests: number; answers5xx: number } {
  let requests = 0;
  let answers5xx = 0;
  for (const name of expected.frontends.keys()) {
    requests += frontends.get(name)?.requests ?? 0;
    answers5xx += frontends.get(name)?.answers5xx ?? 0;
  }
  return { requests, answers5xx };
}
