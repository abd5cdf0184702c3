import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compiled, estate, intent, maintenance, server as serverNamed } from '../compile/estate-fixture.ts';
import type { DeepChecker, DeepProbe, DeepResult } from '../dataplane/probe-port.ts';
import type { Timer } from '../kernel/clock.ts';
import { Secret } from '../kernel/secret.ts';
import type { Configuration, ConfiguredDeepCheck } from '../model/configuration.ts';
import { DeepCheck } from '../model/deep-check.ts';
import type { Name } from '../model/name.ts';
import { DeepChecks } from './deep-checks.ts';

// Guards: servers that are asked in step, all at once, twice at once, in maintenance or after the end.

function document(name: string, more: object = {}): ConfiguredDeepCheck {
  const check = DeepCheck.parse({ type: 'document', path: `/${name}`, interval: '30s', ...more });
  if (check.type !== 'document') throw new Error('it is one');
  return { name: name as Name, path: [], check };
}

function transaction(secret: string): ConfiguredDeepCheck {
  const check = DeepCheck.parse({
    type: 'transaction',
    tokenPath: '/t',
    clientId: 'a',
    clientSecret: { file: 'f' },
    path: '/order',
    interval: '2m',
  });
  if (check.type !== 'transaction') throw new Error('it is one');
  const { clientSecret: _, ...rest } = check;
  return { name: 'order' as Name, path: [], check: { ...rest, secret: new Secret(secret) } };
}

/** The estate of the fixture: api-1, api-2 and spare behind live-apis, api-1 and api-2 behind live-apps. */
function checked(...deepChecks: readonly ConfiguredDeepCheck[]): Configuration {
  const [apis, ...others] = estate.virtualServices;
  if (apis === undefined) throw new Error('there are services');
  return { ...estate, virtualServices: [{ ...apis, pool: { ...apis.pool, deepChecks } }, ...others] };
}

interface Asked {
  readonly at: number;
  readonly probe: DeepProbe;
  readonly signal: AbortSignal;
  readonly answer: (result: DeepResult) => void;
}

const passed: DeepResult = { kind: 'passed' };
const failed = (fault: 'status' | 'credentials' = 'status'): DeepResult => ({
  kind: 'failed',
  fault,
  what: 'the answer is 500 instead of 200',
});

/** Time that stands still until it is told to go on, and servers that answer as they are told. */
class Scene implements Timer {
  now = 1_000_000;
  readonly asked: Asked[] = [];
  /** By address and path; undefined: it does not answer. */
  answers: (probe: DeepProbe) => DeepResult | undefined = () => passed;
  mostAtOnce = 0;
  #open = 0;
  #alarms = new Set<{ readonly at: number; readonly ring: () => void }>();
  /** From 0 up to 1, by turns. */
  #dice = 0;

  readonly checker: DeepChecker = {
    deepCheck: (probe, signal) => {
      const { promise, resolve } = Promise.withResolvers<DeepResult>();
      this.#open += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
      let open = true;
      const answer = (result: DeepResult): void => {
        if (open) this.#open -= 1;
        open = false;
        resolve(result);
      };
      this.asked.push({ at: this.now, probe, signal, answer });
      signal.addEventListener('abort', () => answer(failed()), { once: true });
      const result = this.answers(probe);
      if (result !== undefined) answer(result);
      return promise;
    },
  };

  after(milliseconds: number, ring: () => void): () => void {
    const alarm = { at: this.now + milliseconds, ring };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  get alarms(): number {
    return this.#alarms.size;
  }

  random = (): number => {
    this.#dice = (this.#dice + 0.381_966) % 1;
    return this.#dice;
  };

  make(): DeepChecks {
    const clock = { now: () => this.now, sleep: () => Promise.reject(new Error('nobody sleeps')) };
    return new DeepChecks({ checker: this.checker, clock, timer: this, random: this.random });
  }

  /** Lets time pass, and everything happen that is due. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (;;) {
      await settled();
      const next = [...this.#alarms].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.now = Math.max(this.now, next.at);
      this.#alarms.delete(next);
      next.ring();
    }
    this.now = end;
  }

  /** When a path of a server was asked, in order. */
  times(address: string, path: string): number[] {
    return this.asked
      .filter(({ probe }) => probe.address === address && probe.check.path === path)
      .map(({ at }) => at);
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

let scene: Scene;
let checks: DeepChecks;
beforeEach(() => {
  scene = new Scene();
  checks = scene.make();
});
afterEach(() => checks.end());

const api1 = '10.20.1.11';
const backend = 'live-apis.servers';
const follow = (configuration: Configuration, ir = compiled([], configuration)) =>
  checks.follow({ configuration, ir });

const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0));

describe('the rhythm', () => {
  test('each server is asked in its own time, give or take a fifth, and never in step', async () => {
    follow(checked(document('capability')));
    await scene.pass(600_000);
    const starts = ['11', '12', '13'].map((last) => scene.times(`10.20.1.${last}`, '/capability'));
    for (const times of starts) {
      expect(times.length).toBeGreaterThanOrEqual(16);
      for (const gap of gaps(times)) {
        expect(gap).toBeGreaterThanOrEqual(24_000);
        expect(gap).toBeLessThanOrEqual(36_000);
      }
      expect(new Set(gaps(times)).size).toBeGreaterThan(5);
    }
    expect(new Set(starts.map(([first]) => first)).size).toBe(3);
  });

  test('one that fails is asked every 2 s, until it is well', async () => {
    follow(checked(document('capability')));
    await scene.pass(31_000);
    scene.answers = ({ address }) => (address === api1 ? failed() : passed);
    await scene.pass(120_000);
    const late = gaps(scene.times(api1, '/capability').slice(-20));
    expect(Math.min(...late)).toBeGreaterThanOrEqual(1_600);
    expect(Math.max(...late)).toBeLessThanOrEqual(2_400);
    scene.answers = () => passed;
    await scene.pass(10_000);
    const before = scene.times(api1, '/capability').length;
    await scene.pass(60_000);
    expect(scene.times(api1, '/capability').length - before).toBeLessThanOrEqual(3);
  });

  test('a client that is refused is not tried more often: that could lock it out', async () => {
    scene.answers = () => failed('credentials');
    follow(checked(transaction('a')));
    await scene.pass(600_000);
    for (const gap of gaps(scene.times(api1, '/order'))) expect(gap).toBeGreaterThanOrEqual(96_000);
  });

  test('a thousand servers are not asked in the same second, from the start', async () => {
    follow(large(1_000, document('capability')));
    await scene.pass(100_000);
    expect(new Set(scene.asked.map(({ probe }) => probe.address)).size).toBe(1_000);
    const perSecond = Map.groupBy(scene.asked, ({ at }) => Math.floor(at / 1_000));
    expect(Math.max(...[...perSecond.values()].map((all) => all.length))).toBeLessThan(100);
  });

  test('a thousand servers that hang: no more than 32 at once, and every one has its turn', async () => {
    scene.answers = () => undefined;
    follow(large(1_000, document('capability')));
    await scene.pass(30_000);
    expect(scene.asked).toHaveLength(32);
    for (let turn = 0; turn < 40; turn += 1) {
      for (const { answer } of scene.asked) answer(failed());
      await scene.pass(10);
    }
    expect(scene.mostAtOnce).toBe(32);
    expect(new Set(scene.asked.map(({ probe }) => probe.address)).size).toBe(1_000);
  });

  test('a check that is under way is not made a second time', async () => {
    scene.answers = () => undefined;
    follow(checked(document('capability')));
    await scene.pass(600_000);
    expect(scene.asked).toHaveLength(3);
  });
});

describe('what it thinks', () => {
  test('nothing of a server that was not asked, or has not failed often enough', async () => {
    scene.answers = () => failed();
    follow(checked(document('capability', { fall: 3 })));
    expect(checks.rungs(backend, 'api-1')).toEqual([{ name: 'capability', state: 'unknown' }]);
    await scene.pass(100);
    expect(checks.opinions()).toEqual([]);
    await scene.pass(10_000);
    expect(checks.opinions()).toHaveLength(3);
  });

  test('which rung fails, with what, since when; all servers with the same fault', async () => {
    follow(checked(document('capability'), document('smart')));
    await scene.pass(40_000);
    scene.answers = ({ check }) => (check.path === '/smart' ? failed() : passed);
    await scene.pass(60_000);
    const opinions = checks.opinions();
    expect(opinions.map(({ server }) => server)).toEqual(['api-1', 'api-2', 'spare']);
    for (const opinion of opinions) {
      expect(opinion).toEqual({
        backend,
        server: expect.any(String),
        source: 'deep-check',
        fault: 'smart: status',
        because: 'the deep check smart fails: the answer is 500 instead of 200',
        since: expect.any(Number),
      });
    }
    expect(checks.rungs(backend, 'api-1')).toMatchObject([
      { name: 'capability', state: 'passing' },
      { name: 'smart', state: 'failing', detail: 'the answer is 500 instead of 200' },
    ]);
    expect(checks.rungs('live-apps.servers', 'api-1')).toEqual([]);
    scene.answers = () => passed;
    await scene.pass(10_000);
    expect(checks.opinions()).toEqual([]);
  });
});

describe('a server in maintenance', () => {
  const resting = [intent(1, maintenance, serverNamed('api-1'))];

  test('is not asked, also not by a check that waits or is under way, and nothing is said about it', async () => {
    const configuration = checked(document('capability'));
    scene.answers = ({ address }) => (address === api1 ? failed() : passed);
    follow(configuration);
    await scene.pass(60_000);
    expect(checks.opinions()).toHaveLength(1);
    scene.answers = () => undefined;
    await scene.pass(3_000);
    const underWay = scene.asked.findLast(({ probe }) => probe.address === api1);
    follow(configuration, compiled(resting, configuration));
    expect(underWay?.signal.aborted).toBe(true);
    expect(checks.opinions()).toEqual([]);
    const before = scene.times(api1, '/capability').length;
    await scene.pass(600_000);
    expect(scene.times(api1, '/capability')).toHaveLength(before);
  });

  test('is asked at once when it is over, and must prove itself if it had failed', async () => {
    const configuration = checked(document('capability'));
    scene.answers = () => failed();
    follow(configuration);
    await scene.pass(60_000);
    follow(configuration, compiled(resting, configuration));
    scene.answers = () => passed;
    await scene.pass(60_000);
    const before = scene.times(api1, '/capability').length;
    follow(configuration);
    expect(checks.opinions().map(({ server }) => server)).toEqual(['api-1']);
    await scene.pass(1_000);
    expect(scene.times(api1, '/capability').length).toBe(before + 1);
    await scene.pass(4_000);
    expect(checks.opinions()).toEqual([]);
  });
});

describe('another configuration', () => {
  test('what stays is not forgotten, nor asked anew; what is new is asked, what is gone is not', async () => {
    scene.answers = () => failed();
    follow(checked(document('capability'), document('gone')));
    await scene.pass(60_000);
    const known = checks.rungs(backend, 'api-1')[0];
    expect(known?.state).toBe('failing');
    const asked = scene.asked.length;
    follow(checked(document('capability', { rise: 5 }), document('smart')));
    expect(scene.asked).toHaveLength(asked);
    expect(checks.rungs(backend, 'api-1')).toEqual([known, { name: 'smart', state: 'unknown' }]);
    const gone = scene.times(api1, '/gone').length;
    await scene.pass(60_000);
    expect(scene.times(api1, '/gone')).toHaveLength(gone);
    expect(scene.times(api1, '/smart').length).toBeGreaterThan(0);
  });

  test('a shorter interval counts from now on', async () => {
    follow(checked(document('capability', { interval: '1h' })));
    await scene.pass(60_000);
    follow(checked(document('capability', { interval: '10s' })));
    await scene.pass(13_000);
    expect(scene.times(api1, '/capability')).toHaveLength(2);
  });

  test.each<[string, Configuration]>([
    ['another path', checked({ ...document('capability'), ...pathOf('/other') })],
    ['another secret', checked(transaction('b'))],
  ])('%s is another check', async (_name, other) => {
    const is = other.virtualServices[0]?.pool.deepChecks?.[0]?.check.type;
    scene.answers = () => failed();
    follow(checked(is === 'document' ? document('capability') : transaction('a')));
    await scene.pass(600_000);
    expect(checks.opinions()).toHaveLength(3);
    follow(other);
    expect(checks.opinions()).toEqual([]);
    const before = scene.asked.length;
    await scene.pass(1_000);
    expect(scene.asked.length).toBe(before + 3);
  });

  test('the same again touches nothing', async () => {
    const configuration = checked(document('capability'));
    const ir = compiled([], configuration);
    checks.follow({ configuration, ir });
    const { alarms } = scene;
    for (let turn = 0; turn < 50; turn += 1) checks.follow({ configuration, ir });
    expect(scene.alarms).toBe(alarms);
    await scene.pass(1_000);
    expect(scene.asked).toHaveLength(3);
  });

  test('an answer to a question that nobody asks any more is not heard', async () => {
    scene.answers = () => undefined;
    follow(checked(document('capability', { fall: 1 })));
    await scene.pass(1_000);
    follow(checked({ ...document('capability', { fall: 1 }), ...pathOf('/other') }));
    await scene.pass(10);
    expect(scene.asked.slice(0, 3).every(({ signal }) => signal.aborted)).toBe(true);
    expect(checks.opinions()).toEqual([]);
  });
});

test('a token is handed to the next check, and given up with a changed secret', async () => {
  const token = { value: new Secret('t') };
  scene.answers = () => ({ kind: 'passed', token });
  follow(checked(transaction('a')));
  await scene.pass(300_000);
  const own = () => scene.asked.filter(({ probe }) => probe.address === api1).map(({ probe }) => probe.token);
  expect(own()).toEqual([undefined, token, token]);
  follow(checked(transaction('b')));
  await scene.pass(1_000);
  expect(own().at(-1)).toBeUndefined();
});

test('the end leaves no alarm and no connection, also while checks are under way', async () => {
  scene.answers = ({ address }) => (address === api1 ? undefined : passed);
  follow(checked(document('capability')));
  await scene.pass(1_000);
  expect(scene.alarms).toBe(2);
  await checks.end();
  expect(scene.alarms).toBe(0);
  expect(scene.asked.every(({ signal, probe }) => signal.aborted || probe.address !== api1)).toBe(true);
  const asked = scene.asked.length;
  follow(checked(document('smart')));
  await scene.pass(600_000);
  expect(scene.asked).toHaveLength(asked);
});

function pathOf(path: string): Pick<ConfiguredDeepCheck, 'check'> {
  const { check } = document('capability');
  return { check: { ...check, path } };
}

/** So many servers behind one service. */
function large(count: number, ...deepChecks: readonly ConfiguredDeepCheck[]): Configuration {
  const [apis] = checked(...deepChecks).virtualServices;
  const [first] = apis?.pool.servers ?? [];
  if (apis === undefined || first === undefined) throw new Error('there are servers');
  const servers = Array.from({ length: count }, (_none, index) => ({
    ...first,
    name: `server-${index}` as Name,
    path: [...apis.pool.path, 'servers', `server-${index}`],
    address: `10.${Math.floor(index / 250)}.9.${index % 250}` as typeof first.address,
  }));
  return { ...estate, virtualServices: [{ ...apis, pool: { ...apis.pool, servers } }] };
}
