import { describe, expect, test } from 'vitest';
import { type Duration, duration, durationBetween, formatDuration } from './duration.ts';

describe('a duration', () => {
  const any = durationBetween('1ms', '3650d');

  test.each(['', '5', 's', '5 s', '5S', '1.5s', '-5s', '+5s', '5s ', '5s\n', '1e3s', '5sec', '٥s', '5us'])(
    'is not %j',
    (text) => {
      expect(any.safeParse(text).success).toBe(false);
    },
  );

  test.each([
    ['1ms', 1],
    ['5s', 5_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['0005s', 5_000],
  ])('%s is %d milliseconds', (text, milliseconds) => {
    expect(any.parse(text)).toBe(milliseconds);
  });

  test.each([
    [0, '0ms'],
    [1, '1ms'],
    [999, '999ms'],
    [60_000, '1m'],
    [90_000, '90s'],
    [86_400_000, '1d'],
    [90_000_000, '25h'],
  ])('%d is written %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds as Duration)).toBe(text);
  });

  test('has bounds, both inclusive', () => {
    const bounded = durationBetween('1s', '1m');
    expect(['1s', '60s', '1000ms'].every((text) => bounded.safeParse(text).success)).toBe(true);
    for (const text of ['999ms', '61s', '0s', '999999999999d']) {
      const refused = bounded.safeParse(text);
      expect(refused.error?.issues[0]?.message).toBe('is out of range: use a duration between 1s and 1m');
    }
  });

  test('of our own that is malformed is a bug', () => {
    expect(() => duration('1.5s')).toThrow(TypeError);
  });

  test('without an upper bound never reaches what HAProxy can add up', () => {
    expect(durationBetween('1s').safeParse('13d').success).toBe(false);
    expect(2 * duration('12d')).toBeLessThan(2 ** 31);
  });
});
