import { type Duration, formatDuration } from '../model/duration.ts';

/** A length of time to the largest unit that says enough: `42s`, `3m`, `5h`, `12d`. */
export function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [unit] = ([86_400, 3_600, 60] as const).filter((size) => seconds >= 2 * size);
  const rounded = unit === undefined ? seconds : Math.floor(seconds / unit) * unit;
  return rounded === 0 ? '0s' : formatDuration((rounded * 1000) as Duration);
}
