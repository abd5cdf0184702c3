import { z } from 'zod';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof units;

const pattern = /^(\d{1,12})(ms|s|m|h|d)$/;

/** A length of time in whole milliseconds. Never a bare number: 5 could mean seconds or milliseconds. */
export type Duration = number & z.BRAND<'Duration'>;

function toMilliseconds(text: string): Duration | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  return (Number(match[1]) * units[match[2] as Unit]) as Duration;
}

/** Writes a duration in the largest unit that holds it without a remainder: 60000 becomes `1m`. */
export function formatDuration(duration: Duration): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (duration !== 0 && duration % units[unit] === 0) return `${duration / units[unit]}${unit}`;
  }
  return `${duration}ms`;
}

/** A duration for our own constants; throws on a malformed one, because that is a bug. */
export function duration(text: `${number}${Unit}`): Duration {
  const parsed = toMilliseconds(text);
  if (parsed === undefined) throw new TypeError(`not a duration: ${text}`);
  return parsed;
}

/** HAProxy keeps times in signed 32-bit milliseconds; half of that range (12 days) is the most that is safe to add up. */
const longest = duration('12d');

/** The schema of a duration within bounds, both inclusive. */
export function durationBetween(least: `${number}${Unit}`, most?: `${number}${Unit}`) {
  const low = duration(least);
  const high = most === undefined ? longest : duration(most);
  const range = `between ${formatDuration(low)} and ${formatDuration(high)}`;
  return z
    .string()
    .regex(pattern, { error: 'is not a duration: write a whole number with a unit: 500ms, 5s, 2m, 1h or 1d' })
    .transform((text, context): Duration => {
      const parsed = toMilliseconds(text);
      if (parsed === undefined || parsed < low || parsed > high) {
        context.issues.push({
          code: 'custom',
          message: `is out of range: use a duration ${range}`,
          input: text,
        });
        return z.NEVER;
      }
      return parsed;
    })
    .meta({ format: 'duration', range });
}

/** The schema of a duration within bounds, both inclusive, or the word `never`. */
export function durationOrNever(least: `${number}${Unit}`, most: `${number}${Unit}`) {
  const inner = durationBetween(least, most);
  const range = `between ${formatDuration(duration(least))} and ${formatDuration(duration(most))}, or never`;
  return z
    .string()
    .regex(/^(?:never|\d{1,12}(?:ms|s|m|h|d))$/, {
      error: 'is not a duration: write a whole number with a unit (500ms, 5s, 2m, 1h, 1d), or never',
    })
    .transform((text, context): Duration | 'never' => {
      if (text === 'never') return 'never';
      const parsed = inner.safeParse(text);
      if (parsed.success) return parsed.data;
      for (const { message } of parsed.error.issues)
        context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .meta({ format: 'duration', range });
}
