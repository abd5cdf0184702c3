import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { drain, host, intent } from '../../src/compile/estate-fixture.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { commandLine } from '../harness/command-line.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';
import { checkedWithin, SimulatedEstate } from '../harness/simulated-estate.ts';

let served: ServedController;
let estate: SimulatedEstate;
beforeEach(async () => {
  estate = new SimulatedEstate();
  served = await serveController(estate.controller);
});
afterEach(() => served.end());

const roll = (
  words: readonly string[],
  world: Partial<Parameters<typeof commandLine>[1]> = {},
  settle: readonly string[] = ['--settle', '0s'],
) =>
  commandLine(['roll', ...words, ...settle, '--reason', 'June patches'], {
    socket: served.socket,
    now: Date.now,
    ...world,
  });

test.each([
  ['unknown', ['api-1', 'api-9', '--run', 'true'], 'no host and no server behind a service is named api-9'],
  ['twice', ['api-1', 'api-1', '--run', 'true'], 'api-1 is named twice'],
  ['no terminal', ['api-1'], 'there is no terminal'],
])('refused before the first host is touched: %s', async (_, words, message) => {
  const { code, err } = await roll(words);
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(estate.intents).toEqual([]);
});

test('each host is drained, patched, found healthy by a check that began later, and enabled before the next', async () => {
  const log = join(served.directory, 'log');
  estate.intents = [intent(1, drain, host('api-1'), { reason: 'left by a roll that was stopped' })];
  const began = Date.now();
  const { code, out, err } = await roll([
    'api-1',
    'api-2',
    '--run',
    `echo "$AORTA_HOST $AORTA_ADDRESS" >> ${log}`,
  ]);
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.not.stringContaining('stopped'),
  });
  expect(await readFile(log, 'utf8')).toBe('api-1 10.20.1.11\napi-2 10.20.1.12\n');
  const steps = ['drained', 'no session left', 'patched', 'healthy', 'takes requests again'];
  const lines = out.trimEnd().split('\n');
  for (const [index, target] of ['api-1', 'api-2'].entries()) {
    for (const [step, words] of steps.entries()) {
      expect(lines[index * steps.length + step]).toMatch(
        new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${target}: ${words}`),
      );
    }
  }
  expect(lines.at(-1)).toBe('done: api-1, api-2');
  expect(estate.intents).toEqual([]);
  expect(Date.now() - began).toBeGreaterThanOrEqual(2 * checkedWithin);
});

test('a command that fails stops the roll, leaves the host drained and says how to go on', async () => {
  const { code, err } = await roll(['api-1', 'api-2', '--run', `exit 7 # it's off`]);
  expect(code).toBe(1);
  expect(err).toContain('stopped at api-1: the command ended with 7\n');
  expect(err).toContain('api-1 stays drained; `aorta enable api-1` puts it back as it is\n');
  expect(err).toContain(
    `go on with: aorta roll api-1 api-2 --run 'exit 7 # it'\\''s off' --settle 0ms --reason 'June patches'\n`,
  );
  expect(estate.intents).toMatchObject([{ target: { host: 'api-1' } }]);
});

test('a host that is not healthy after it was patched stays drained, and the next is not touched', async () => {
  estate.health.set('live-apps/api-1', 'down');
  const { code, err } = await roll(['api-1', 'api-2', '--run', 'true', '--health-deadline', '1s']);
  expect(code).toBe(1);
  expect(err).toMatch(/stopped at api-1: after 1s still: live-apps\/api-1: down/);
  expect(err).toContain(
    "go on with: aorta roll api-1 api-2 --run true --health-deadline 1s --settle 0ms --reason 'June patches'\n",
  );
  expect(estate.intents).toMatchObject([{ target: { host: 'api-1' } }]);
});

// Guards: a server that was just started and got the whole load failed its check when its sibling was drained.
test('the next host is left alone until the one before has taken requests for a while without a break', async () => {
  const log = join(served.directory, 'log');
  let wasOut = false;
  let looks = 0;
  let soundAgain = 0;
  estate.onStatus = () => {
    wasOut ||= estate.intents.length > 0;
    // Once it is back, api-1 is well at first and then fails for a while.
    if (!wasOut || estate.intents.length > 0 || soundAgain > 0) return;
    looks += 1;
    if (looks === 3) estate.health.set('live-apps/api-1', 'down');
    if (looks < 5) return;
    estate.health.clear();
    soundAgain = Date.now();
  };
  let drainedNext = 0;
  const settle = ['--settle', '2s'];
  const { code, out } = await roll(
    ['api-1', 'api-2', '--run', `echo "$AORTA_HOST" >> ${log}`],
    {
      onSaid: ({ out: said }) => {
        if (drainedNext === 0 && said.includes('api-2: drained')) drainedNext = Date.now();
      },
    },
    settle,
  );
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(/api-1: settled[^]*api-2: drained[^]*api-2: settled/),
  });
  expect(soundAgain).toBeGreaterThan(0);
  expect(drainedNext - soundAgain).toBeGreaterThanOrEqual(2_000);
});

test('a host that does not settle stops the roll, and is not drained again', async () => {
  let wasOut = false;
  estate.onStatus = () => {
    if (estate.intents.length === 0 && wasOut) estate.health.set('live-apps/api-1', 'down');
    wasOut ||= estate.intents.length > 0;
  };
  const { code, err } = await roll(['api-1', 'api-2', '--run', 'true', '--health-deadline', '1s'], {}, [
    '--settle',
    '1s',
  ]);
  expect(code).toBe(1);
  expect(err).toContain('stopped at api-1: after ');
  expect(err).not.toContain('stays drained');
  expect(estate.intents).toEqual([]);
});

test('sessions that do not end stop it before anything is patched', async () => {
  estate.sessions.set('live-apis/api-1', 1);
  const log = join(served.directory, 'log');
  const { code, err } = await roll(['api-1', '--run', `touch ${log}`, '--deadline', '1s']);
  expect(code).toBe(1);
  expect(err).toContain('this is open: live-apis/api-1: 1 session');
  await expect(readFile(log)).rejects.toThrow('ENOENT');
});

test('a refusal of the controller stops it, and nothing is left drained that was not', async () => {
  estate.health.set('live-apps/api-2', 'down');
  const { code, out } = await roll(['api-1', '--run', 'true', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    done: [],
    left: ['api-1'],
    stopped: {
      target: 'api-1',
      step: 'drain',
      drained: false,
      why: expect.stringContaining('api-2 is down'),
    },
  });
  expect(estate.intents).toEqual([]);
});

test('on a terminal somebody patches and presses Enter', async () => {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return true;
  };
  expect(await roll(['api-1'], { ask })).toMatchObject({ code: 0 });
  expect(asked).toEqual(['patch api-1, then press Enter ']);
});

test('Ctrl-C leaves the host drained, whatever it waits for', async () => {
  for (const [moment, words] of [
    ['drained', ['api-1', '--run', 'true']],
    ['patched', ['api-1', '--run', 'true']],
  ] as const) {
    estate.intents = [];
    estate.sessions.clear();
    if (moment === 'drained') estate.sessions.set('live-apis/api-1', 1);
    const controller = new AbortController();
    const { code, err } = await roll(words, {
      interrupt: controller.signal,
      onSaid: ({ out }) => out.includes(`api-1: ${moment}`) && controller.abort(),
    });
    expect(code).toBe(1);
    expect(err).toContain('stopped at api-1: interrupted\napi-1 stays drained');
    expect(err).toContain('go on with: aorta roll api-1 ');
    expect(estate.intents).toMatchObject([{ target: { host: 'api-1' } }]);
  }
});

// The command as it is installed: what main.ts makes of the signal of a real Ctrl-C.
test('a real interrupt ends the waiting, not the drain', { timeout: 30_000 }, async () => {
  estate.sessions.set('live-apis/api-1', 1);
  const { controlSocket } = runtimePaths(served.directory);
  await mkdir(dirname(controlSocket), { recursive: true });
  if (controlSocket !== served.socket) await symlink(served.socket, controlSocket);
  const words = ['roll', 'api-1', '--run', 'true', '--reason', 'June patches', '--state', served.directory];
  const child = spawn(join(import.meta.dirname, '../../bin/aorta'), words, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let err = '';
  let interrupted = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    if (interrupted || !err.includes('waiting: live-apis/api-1: 1 session')) return;
    interrupted = true;
    child.kill('SIGINT');
  });
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(err).toContain('stopped at api-1: interrupted\napi-1 stays drained');
  expect(estate.intents).toMatchObject([{ target: { host: 'api-1' } }]);
});
