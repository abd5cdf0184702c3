import type { DeepFault, DeepResult } from '../dataplane/probe-port.ts';
import type { RungHealth } from '../model/health.ts';
import type { Name } from '../model/name.ts';

/** How often in a row a check must fail, or pass, to change what is thought of a server. */
export interface Patience {
  readonly fall: number;
  readonly rise: number;
}

/** How one deep check of one server stands. */
export interface RungState {
  readonly verdict: RungHealth['state'];
  /** Since when, in milliseconds since 1970; absent while it is unknown. */
  readonly since?: number;
  /** Results in a row that speak against the verdict. */
  readonly against: number;
  /** The last result, and when it came; absent before the first. */
  readonly last?: { readonly at: number; readonly passed: boolean };
  /** Of the last check that failed, until one passes while the verdict is `passing`. */
  readonly fault?: { readonly kind: DeepFault; readonly what: string };
}

export const newRung: RungState = { verdict: 'unknown', against: 0 };

/**
 * What a result makes of a rung. The first pass is enough to know that a server is well; nothing but `fall` failures
 * in a row says that it is not.
 * @param at when the result came, in milliseconds since 1970
 */
export function withResult(
  rung: RungState,
  result: DeepResult,
  { fall, rise }: Patience,
  at: number,
): RungState {
  const passed = result.kind === 'passed';
  const fault = result.kind === 'failed' ? { kind: result.fault, what: result.what } : rung.fault;
  const last = { at, passed };
  const kept = { ...(fault === undefined ? {} : { fault }), last };
  const since = rung.since === undefined ? {} : { since: rung.since };
  switch (rung.verdict) {
    case 'failing': {
      if (!passed) return { verdict: 'failing', ...since, against: 0, ...kept };
      const against = rung.against + 1;
      return against < rise
        ? { verdict: 'failing', ...since, against, ...kept }
        : { verdict: 'passing', since: at, against: 0, last };
    }
    case 'unknown':
      if (passed) return { verdict: 'passing', since: at, against: 0, last };
      break;
    case 'passing':
      if (passed) return { verdict: 'passing', ...since, against: 0, last };
  }
  const against = rung.against + 1;
  return against < fall
    ? { verdict: rung.verdict, ...since, against, ...kept }
    : { verdict: 'failing', since: at, against: 0, ...kept };
}

/** Whether it is about to change, or fails: then it is worth asking sooner. */
export function isRestless({ verdict, last }: RungState): boolean {
  return verdict === 'failing' || last?.passed === false;
}

/** As the status shows it. */
export function rungHealth(name: Name, { verdict, since, last, fault }: RungState): RungHealth {
  return {
    name,
    state: verdict,
    ...(fault === undefined ? {} : { detail: fault.what }),
    ...(since === undefined ? {} : { since }),
    ...(last === undefined ? {} : { at: last.at }),
  };
}
