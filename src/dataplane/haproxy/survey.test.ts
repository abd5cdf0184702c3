import { expect, test } from 'vitest';
import { questionsFor } from './survey.ts';

function proxies(pools: number, servers: number) {
  const names = Array.from({ length: pools }, (_none, index) => `s-${index}`);
  return {
    frontends: names,
    servers: names.flatMap((name) =>
      Array.from({ length: servers }, (_none, index) => ({
        line: 1,
        backend: `${name}.servers`,
        name: `web-${index}`,
        address: '10.0.0.1',
        port: 80,
        weight: 1,
        disabled: false,
        definition: '',
      })),
    ),
  };
}

test('of few servers HAProxy is asked for all at once', () => {
  expect(questionsFor(proxies(20, 4)).slices).toEqual([
    [
      ['show', 'stat', '-1', '7', '-1'],
      ['show', 'servers', 'state'],
    ],
  ]);
});

test('of many it is asked for each of them once, some at a time', () => {
  const { slices } = questionsFor(proxies(1_000, 4));
  const asked = slices.flat().map((words) => words.join(' '));
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked).toHaveLength(3_000);
  expect(asked).toContain('show stat s-7 1 -1');
  expect(asked).toContain('show stat s-7.servers 6 -1');
  expect(asked).toContain('show servers state s-7.servers');
  expect(slices.length).toBeGreaterThan(60);
  expect(Math.max(...slices.map((slice) => slice.length))).toBeLessThan(60);
});

test('a pool is not cut, and has a slice of its own when it is large', () => {
  const { frontends, servers } = proxies(3, 1_000);
  expect(questionsFor({ frontends, servers }).slices.map((slice) => slice.length)).toEqual([3, 2, 2, 2]);
});
