import { inWords } from './units.ts';

/** One thing that must be true of a run, and what was found. */
export interface Assertion {
  readonly what: string;
  readonly expected: string;
  readonly measured: string;
  readonly passed: boolean;
}

/** From and to, milliseconds since the end of the warm-up. */
export type Window = readonly [number, number];

export function atMost(what: string, limit: number, found: number): Assertion {
  return {
    what,
    expected: `at most ${inWords(limit)}`,
    measured: Number.isFinite(found) ? inWords(found) : 'no success',
    passed: found <= limit,
  };
}

export function isIn(at: number, [from, to]: Window): boolean {
  return at >= from && at < to;
}

export function windowWords([from, to]: Window): string {
  return `from ${from / 1000} to ${to / 1000} s`;
}

export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
