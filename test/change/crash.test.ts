import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { BreakOrder } from '../harness/breakable-controller.ts';
import { ChangeRig, type RigDeclaration, type Traffic } from '../harness/change-rig.ts';
import { until } from '../harness/until.ts';
import { seenWorlds, type World, worldOf } from '../harness/world.ts';

type Moment = Pick<BreakOrder, 'when' | 'method' | 'since'>;
type Way = 'runtime' | 'reload';

const whole = process.env['AORTA_TEST_WHOLE'] === '1';

const both = (method: BreakOrder['method'], since?: BreakOrder['method']): Moment[] =>
  (['before', 'after'] as const).map((when) => ({ when, method, ...(since === undefined ? {} : { since }) }));

/** Every step of an apply that touches the world or looks at it, in order. */
const moments: Readonly<Record<Way, readonly Moment[]>> = {
  runtime: [
    ...both('stage'),
    ...both('check'),
    ...both('preflight'),
    ...both('swap'),
    ...both('operate'),
    ...both('identify'),
    ...both('runtimeState', 'identify'),
    ...both('survey', 'identify'),
    ...both('commit'),
  ],
  reload: [
    ...both('stage'),
    ...both('check'),
    ...both('preflight'),
    ...both('swap'),
    ...both('reload'),
    ...both('runtimeState', 'reload'),
    ...both('survey', 'reload'),
    ...both('commit'),
  ],
};
/** All of them take minutes; the normal run takes those between which something in service is touched. */
const touching = ['swap', 'operate', 'identify', 'reload', 'commit'];
const cases = (['runtime', 'reload'] as const).flatMap((way) =>
  moments[way]
    .filter(({ when, method }) => whole || (when === 'after' && touching.includes(method)))
    .map((moment) => ({ way, ...moment, name: `${way}: ${moment.when} ${moment.method}` })),
);

let count = 0;
let rig: ChangeRig;

/** A declaration that differs from every other in each server's weight, and for `reload` in more than commands can do. */
function next(way: Way): RigDeclaration {
  count += 1;
  const declaration = rig.declaration();
  for (const name of ['offload', 'bridging'] as const) {
    const service = declaration.virtualServices[name];
    for (const server of Object.values(service.pool.servers)) server.weight = 100 + (count % 100);
    // A third server comes and goes.
    if (count % 2 === 0) service.pool.servers['three'] = rig.place(name, 2);
    service['errorAnswers'] = { retryAfter: `${way === 'reload' ? count + 1 : retry}s` };
  }
  if (way === 'reload') retry = count + 1;
  return declaration;
}
let retry = 1;

/** The declaration in service now. */
async function inService(): Promise<RigDeclaration> {
  const { text } = await call(rig.socket, 'configuration');
  const declaration = JSON.parse(text) as RigDeclaration;
  retry = Number.parseInt(
    String(Object(declaration.virtualServices.offload['errorAnswers'])['retryAfter'] ?? '30'),
    10,
  );
  return declaration;
}

/** Waits until it is one world everywhere, and tells which. */
async function whichWorld(before: RigDeclaration, after: RigDeclaration): Promise<'old' | 'new'> {
  const names: readonly (readonly ['old' | 'new', World])[] = [
    ['old', worldOf(before)],
    ['new', worldOf(after)],
  ];
  let seen: unknown;
  const found = await until(
    'one world is everywhere',
    async () => {
      const worlds = await seenWorlds(rig);
      seen = worlds;
      const { declared, file, running, digests, cfg } = worlds;
      const world = names.find(
        ([, one]) => isSame(one, declared) && isSame(one, file) && isSame(one, running),
      );
      const isWanted = cfg.includes(`hdr Retry-After ${retryOf(world?.[0] === 'old' ? before : after)}\n`);
      return digests[0] === digests[1] && isWanted ? world?.[0] : undefined;
    },
    15_000,
  ).catch((error: unknown) => {
    throw new Error(
      `a mix: ${JSON.stringify({ old: names[0]?.[1], new: names[1]?.[1], seen }, undefined, 1)}`,
      { cause: error },
    );
  });
  const { inService: number, revisions } = await call(rig.socket, 'revisions');
  expect(revisions.filter(({ state }) => state === 'pending')).toEqual([]);
  const revision = revisions.find((one) => one.number === number);
  expect(revision?.state).toBe('committed');
  expect(JSON.parse((await call(rig.socket, 'revision', { revision: number ?? 0 })).text)).toEqual(
    found === 'old' ? before : after,
  );
  expect((await call(rig.socket, 'drift')).drift).toEqual([]);
  return found;
}

function retryOf({ virtualServices }: RigDeclaration): string {
  return String(Object(virtualServices.offload['errorAnswers'])['retryAfter'] ?? '30s').replace('s', '');
}

function isSame(one: World, other: World): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

describe('something is killed in the middle of a change', () => {
  let traffic: Traffic;
  const table: string[] = [];
  beforeAll(async () => {
    rig = await ChangeRig.start({ breakable: true });
    await rig.apply(next('reload'));
  });
  afterAll(() => rig?.end());

  describe('the controller', () => {
    beforeAll(() => {
      traffic = rig.traffic();
    });
    test.each(cases)('$name', { timeout: 60_000 }, async ({ way, name, ...moment }) => {
      const before = await inService();
      const after = next(way);
      const sofar = traffic.clients.sofar.lost;
      await rig.break({ ...moment, action: 'kill' });
      const guard = moment.method === 'survey' ? 1_000 : 0;
      const answer = await rig.apply(after, { guard }).catch((error: unknown) => error);
      expect(
        existsSync(rig.breakFile),
        `it was never reached: ${JSON.stringify(answer)}${rig.controller.said().stderr}`,
      ).toBe(false);
      expect(answer).toMatchObject({ code: 'not-running' });
      await rig.controller.ended;
      await traffic.clients.more(50);
      await rig.resume();
      const world = await whichWorld(before, after);
      table.push(`${name} ${world}`);
      if (['stage', 'check', 'preflight'].includes(moment.method)) expect(world).toBe('old');
      if (moment.method === 'commit') expect(world).toBe('new');
      await traffic.clients.more(50);
      expect(traffic.clients.losses.slice(sofar)).toEqual([]);
      // It is a controller like any other, and what was broken off can be done.
      expect(await rig.apply(after)).toMatchObject({ outcome: world === 'old' ? 'applied' : 'unchanged' });
    });
    test('no request was lost meanwhile', async () => {
      const verdict = await traffic.stop();
      console.log(`controller killed: ${traffic.sentence(verdict)}; ${table.join(', ')}`);
      expect(verdict).toMatchObject({ lost: [], twice: [], invented: [] });
    });
  });

  describe('HAProxy', () => {
    beforeAll(() => {
      traffic = rig.traffic();
      table.length = 0;
    });
    test.each(cases)('$name', { timeout: 60_000 }, async ({ way, name, ...moment }) => {
      const before = await inService();
      const after = next(way);
      await rig.break({ ...moment, action: 'kill-haproxy' });
      const guard = moment.method === 'survey' ? 1_000 : 0;
      const answer = await rig.apply(after, { guard }).catch((error: unknown) => error);
      expect(
        existsSync(rig.breakFile),
        `it was never reached: ${JSON.stringify(answer)}${rig.controller.said().stderr}`,
      ).toBe(false);
      // Guards: ten seconds without service, in which the controller waited for what a dead HAProxy would say.
      const at = performance.now();
      await traffic.clients.more(50, 30_000);
      const seconds = (performance.now() - at) / 1_000;
      expect(seconds, 'it was down for longer than a start takes').toBeLessThan(4);
      const world = await whichWorld(before, after);
      table.push(`${name} ${world} (${wordOf(answer)})`);
      // Whoever was told that it is in service can rely on it, and the other way round.
      expect(world, JSON.stringify(answer)).toBe(wordOf(answer) === 'applied' ? 'new' : 'old');
      const { lost } = traffic.clients.sofar;
      await traffic.clients.more(50);
      expect(traffic.clients.sofar.lost, 'it serves again, and still loses requests').toBe(lost);
      await rig.apply(after);
    });
    test('no request was carried out twice', async () => {
      const verdict = await traffic.stop();
      console.log(`HAProxy killed: ${traffic.sentence(verdict)}; ${table.join(', ')}`);
      expect(verdict).toMatchObject({ twice: [], invented: [] });
    });
  });
});

/** Guards: a full disk that leaves half a change, or a controller that must be repaired by hand. */
test('the disk is full', { timeout: 180_000 }, async () => {
  expect(process.getuid?.(), 'needs root, to mount a small disk').toBe(0);
  rig = await ChangeRig.start({
    breakable: true,
    prepare: async ({ state }) => {
      await mkdir(state);
      const { status, stderr } = spawnSync('mount', [
        '-t',
        'tmpfs',
        '-o',
        'size=24m,mode=700',
        'aorta-test',
        state,
      ]);
      expect(status, String(stderr)).toBe(0);
    },
  });
  onTestFinished(() => rig.end());
  await rig.apply(next('reload'));
  const traffic = rig.traffic();
  const filling = join(rig.state, 'filling');
  const table: string[] = [];
  for (const kilobytes of [0, 4, 16, 64, 256, 512, 1024, 1536, 2048, 4096]) {
    for (const way of ['runtime', 'reload'] as const) {
      const before = await inService();
      const after = next(way);
      await leaveRoom(filling, kilobytes * 1024);
      const answer: unknown = await rig.apply(after).catch((error: unknown) => error);
      const word = wordOf(answer);
      table.push(`${kilobytes} KB ${way}: ${word}`);
      expect(['applied', 'state-unusable'], JSON.stringify(answer)).toContain(word);
      expect(await whichWorld(before, after)).toBe(word === 'applied' ? 'new' : 'old');
      await rm(filling);
      expect(await rig.apply(after)).toMatchObject({ outcome: word === 'applied' ? 'unchanged' : 'applied' });
      await traffic.clients.more(20);
    }
  }
  expect(table.at(-1)).toContain('applied');
  // Somebody else fills it while a change is under way.
  for (const { way, name, ...moment } of cases.filter(({ when }) => when === (whole ? 'before' : 'after'))) {
    const before = await inService();
    const after = next(way);
    await rig.break({ ...moment, action: 'fill' });
    const guard = moment.method === 'survey' ? 1_000 : 0;
    const answer: unknown = await rig.apply(after, { guard }).catch((error: unknown) => error);
    expect(
      existsSync(rig.breakFile),
      `it was never reached: ${JSON.stringify(answer)}${rig.controller.said().stderr}`,
    ).toBe(false);
    const word = wordOf(answer);
    await rm(filling);
    const world = await whichWorld(before, after).catch((error: unknown) => {
      throw new Error(`${name}: ${word}: ${JSON.stringify(answer)}`, { cause: error });
    });
    table.push(`${name} ${world} (${word})`);
    expect(world, `${name}: ${word}`).toBe(word === 'applied' ? 'new' : 'old');
    expect(['applied', 'rolledBack', 'state-unusable'], name).toContain(word);
    expect(await rig.apply(after)).toMatchObject({ outcome: world === 'new' ? 'unchanged' : 'applied' });
    await traffic.clients.more(20);
  }
  const verdict = await traffic.stop();
  // HAProxy comes back all the same. What it held is free then, and is taken too.
  await leaveRoom(filling, 0);
  const { master, workers } = await rig.haproxy();
  for (const pid of [master, ...workers]) process.kill(pid, 'SIGKILL');
  await appendFile(filling, Buffer.alloc(1_048_576)).catch(() => undefined);
  const later = rig.traffic();
  await later.clients.more(50);
  await rm(filling);
  const settled = await inService();
  expect(await whichWorld(settled, settled)).toBe('old');
  await later.stop();
  console.log(`full disk: ${traffic.sentence(verdict)}; ${table.join(', ')}`);
  expect(verdict).toMatchObject({ lost: [], twice: [], invented: [] });
  expect(table.some((line) => line.endsWith('state-unusable'))).toBe(true);
});

/** What became of a change, in one word. */
function wordOf(answer: unknown): string {
  if (answer instanceof Failure) return answer.code;
  return (answer as ChangeAnswer).outcome;
}

/** Fills the disk that a file is on, but for so many bytes. */
async function leaveRoom(file: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(rig.state);
  // Others write too, so it is filled to the brim first.
  await writeFile(file, Buffer.alloc((bavail + 1) * bsize)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error;
  });
  await truncate(file, Math.max(0, (await stat(file)).size - bytes));
}
