import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sizing } from '../../src/compile/sizing.ts';
import { commandLine } from '../harness/command-line.ts';

/** Guards that what a machine bears is said for the machine that was asked about. */
const file = join(tmpdir(), `aorta-explain-${process.pid}.yaml`);
beforeAll(() =>
  writeFile(
    file,
    `aorta: v1
site: St. Elsewhere
virtualServices:
  live:
    listeners: [{ protocol: http, address: 10.20.0.10, port: 80 }]
    pool:
      trustedSegment: server room
      servers: { a: { address: 10.20.1.11, port: 80 }, b: { address: 10.20.1.12, port: 80 } }
`,
  ),
);
afterAll(() => rm(file));

const world = { socket: '/nonexistent/control.sock' };
const explain = (...words: readonly string[]) => commandLine(['explain', file, ...words], world);

test('machines of several sizes are shown one after the other, each figure with its reason', async () => {
  const { code, out } = await explain('--cores', '2', '--cores', '4', '--cores', '8', '--cores', '16');
  expect(code).toBe(0);
  const heads = out.match(/^a machine with .*$/gm);
  expect(heads).toEqual([
    'a machine with 2 cores and 4.0 GiB',
    'a machine with 4 cores and 8.0 GiB',
    'a machine with 8 cores and 16.0 GiB',
    'a machine with 16 cores and 32.0 GiB',
  ]);
  expect(out.match(/threads of HAProxy: (\d+)/g)).toEqual(
    [2, 4, 8, 16].map((n) => `threads of HAProxy: ${n}`),
  );
  expect(out).toMatch(/maxconn: [\d,]+\n {6}the sum of/);
  expect(out).not.toContain('TLS connections');
});

test('memory is what was said, and what does not fit is said to be too much', async () => {
  const { out } = await explain('--cores', '2', '--memory', '1GiB');
  expect(out).toContain('a machine with 2 cores and 1.0 GiB');
  expect(out).toMatch(
    /memory in all: at most 2\.\d GiB: does not fit\n.*\d+ % of `maxConnections` would fit/,
  );
});

test('programs get numbers', async () => {
  const { out } = await explain('--cores', '4', '--json');
  const { machines } = JSON.parse(out) as { machines: Sizing[] };
  expect(machines).toMatchObject([{ machine: { cores: 4, memory: 8 * 1_024 ** 3 }, threads: 4 }]);
  expect(machines[0]?.requestsPerSecond).toBeGreaterThan(10_000);
});

test.each([
  [['--cores', '0'], 'a whole number from 1'],
  [['--cores', 'all'], 'a whole number from 1'],
  [['--memory', '8'], 'write a whole number with a unit'],
  [['--memory', '0GiB'], 'is nothing'],
  [['site', '--cores', '2'], 'leave out the path'],
])('refused: %s', async (words, message) => {
  const { code, err } = await explain(...words);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test('what is dear is told by check and by explain, at its line, and is no error', async () => {
  const dear = `${file}.dear.yaml`;
  await writeFile(dear, `${await readFile(file, 'utf8')}      connectionReuse: { idle: 1s }\n`);
  try {
    const [checked, explained] = [
      await commandLine(['check', dear], world),
      await commandLine(['explain', dear, '--cores', '2'], world),
    ];
    for (const { code, out, err } of [checked, explained]) {
      expect(code).toBe(0);
      expect(out + err).toMatch(/:9:\d+ advice connections-costly: .*2\.4 times/);
    }
    expect((await commandLine(['check', file], world)).out).not.toContain('advice');
  } finally {
    await rm(dear);
  }
});
