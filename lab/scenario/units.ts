import { z } from 'zod';

const PATTERN = /^(\d+(?:\.\d+)?)(ms|s)$/;

function milliseconds(text: string): number {
  const [, number = '0', unit] = PATTERN.exec(text) ?? [];
  return Math.round(Number(number) * (unit === 's' ? 1000 : 1));
}

/** `3s`, `3.5s` or `200ms`, as milliseconds. */
export const moment = z
  .string()
  .regex(PATTERN, 'a time is written as 3s, 3.5s or 200ms')
  .transform(milliseconds)
  .pipe(z.number().max(600_000, 'at most 600s'));

export const duration = moment.pipe(z.number().min(1, 'longer than nothing'));

/** A machine, or `machine.role` for a second process on it. */
export const machineName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*(\.[a-z-]+)?$/, 'the name of a machine of the topology');

/** Milliseconds for a person: `350 ms`, `3.2 s`. */
export function inWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
