import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { drain, host, intent, maintenance, server } from '../../src/compile/estate-fixture.ts';
import { commandLine } from '../harness/command-line.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';
import { SimulatedEstate } from '../harness/simulated-estate.ts';

let served: ServedController;
let estate: SimulatedEstate;
beforeEach(async () => {
  estate = new SimulatedEstate();
  served = await serveController(estate.controller);
});
afterEach(() => served.end());

const aorta = (words: readonly string[], world: Partial<Parameters<typeof commandLine>[1]> = {}) =>
  commandLine(words, { socket: served.socket, now: Date.now, ...world });

const why = ['--reason', 'patching'];

describe('drain', () => {
  test('without a reason, of what is unknown, and of the last server: refused, and nothing is in force', async () => {
    expect(await aorta(['drain', 'api-1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--reason'),
    });
    expect(await aorta(['drain', 'api-9', ...why])).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'no host and no server is named "api-9"; use one of the hosts: api-1, api-2',
      ),
    });
    estate.health.set('live-apps/api-2', 'down');
    const last = await aorta(['drain', 'api-1', ...why]);
    expect(last.code).toBe(2);
    expect(last.err).toContain('would be left in live-apps (api-2 is down)');
    expect(estate.intents).toEqual([]);
    expect(await aorta(['drain', 'api-1', '--force', ...why])).toMatchObject({ code: 0 });
  });

  test('says at once what is drained, where, and how many sessions are open', async () => {
    estate.sessions.set('live-apis/api-1', 3).set('live-apps/api-1', 1);
    expect(await aorta(['drain', 'api-1', ...why])).toEqual({
      code: 0,
      out: 'api-1 drained (intent 1): live-apis/api-1 (3 sessions open), live-apps/api-1 (1 session open)\n',
      err: '',
    });
    expect(estate.intents).toMatchObject([{ author: 'jdoe', reason: 'patching' }]);
    expect((await aorta(['drain', 'api-1', '--for', '2h', ...why])).out).toMatch(
      /^api-1 drained until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(intent 2\): /,
    );
    expect(estate.intents).toHaveLength(1);
  });

  test('--wait counts down, a line when it changes, and ends with what is safe', async () => {
    estate.sessions.set('live-apis/api-1', 2).set('live-apps/api-1', 1);
    estate.onStatus = (count) => {
      if (count === 3) estate.sessions.delete('live-apps/api-1');
      if (count === 5) estate.sessions.set('live-apis/api-1', 1);
      if (count === 6) estate.sessions.clear();
    };
    const { code, out, err } = await aorta(['drain', 'api-1', '--wait', ...why]);
    expect(code).toBe(0);
    expect(out).toMatch(/\nsafe to patch: api-1 has no session left in any service\n$/);
    expect(err.split('\n')).toEqual([
      'waiting: live-apis/api-1: 2 sessions, live-apps/api-1: 1 session',
      'waiting: live-apis/api-1: 2 sessions',
      'waiting: live-apis/api-1: 1 session',
      'waiting: live-apis/api-1: 0 sessions, live-apps/api-1: 0 sessions',
      '',
    ]);
  });

  test('--wait on a terminal is drawn in place', async () => {
    estate.sessions.set('live-apps/api-1', 1);
    estate.onStatus = (count) => count === 3 && estate.sessions.clear();
    const { err } = await aorta(['drain', 'api-1', '--service', 'live-apps', '--wait', ...why], {
      terminal: true,
    });
    expect(err).toBe('waiting: live-apps/api-1: 1 session\r\x1b[2Kwaiting: live-apps/api-1: 0 sessions\n');
  });

  test('the deadline passes: what is open, exit 1, and it stays drained', async () => {
    estate.sessions.set('live-apps/api-1', 1);
    const { code, err } = await aorta(['drain', 'api-1', '--wait', '--deadline', '1s', ...why]);
    expect(code).toBe(1);
    expect(err).toContain(
      'not safe to patch: the deadline has passed and this is open: live-apps/api-1: 1 session;',
    );
    expect(err).toContain('`aorta enable api-1` puts it back');
    expect(estate.intents).toHaveLength(1);
  });

  test('a server that is out and that HAProxy still sends requests is never called safe', async () => {
    const { controller } = estate;
    await served.end();
    served = await serveController({
      ...controller,
      status: async () => {
        const status = await controller.status();
        const [first, ...others] = status.services;
        if (first === undefined) throw new Error('no service');
        const servers = first.servers.map((one) =>
          one.name === 'api-1' ? { ...one, state: 'up' as const, weight: 100 } : one,
        );
        return { ...status, services: [{ ...first, servers }, ...others] };
      },
    });
    const { code, err } = await aorta(['drain', 'api-1', '--wait', '--deadline', '1s', ...why]);
    expect(code).toBe(1);
    expect(err).toContain('live-apis/api-1: 0 sessions, and it still takes requests');
  });

  test('a worker from before a reload that may still send it requests is waited for', async () => {
    const { controller } = estate;
    await served.end();
    let looks = 0;
    served = await serveController({
      ...controller,
      status: async () => {
        looks += 1;
        const status = await controller.status();
        const old = looks < 3 ? { oldSenders: 1 } : {};
        const services = status.services.map((service) => ({
          ...service,
          servers: service.servers.map((one) => ({ ...one, ...old })),
        }));
        return { ...status, services };
      },
    });
    const { code, err } = await aorta(['drain', 'api-1', '--service', 'live-apis', '--wait', ...why]);
    expect(code).toBe(0);
    expect(err).toContain(
      'live-apis/api-1: 0 sessions, and a worker from before the last reload may still send',
    );
  });

  test('somebody enables it meanwhile: not safe', async () => {
    estate.sessions.set('live-apps/api-1', 1);
    estate.onStatus = (count) => {
      if (count === 3) estate.intents = [];
    };
    const { code, err } = await aorta(['drain', 'api-1', '--wait', ...why]);
    expect(code).toBe(1);
    expect(err).toContain('not safe to patch: somebody ended it');
  });

  test('--json: one document, also with --wait', async () => {
    estate.sessions.set('live-apps/api-1', 1);
    const { code, out, err } = await aorta([
      'drain',
      'api-1',
      '--wait',
      '--deadline',
      '1s',
      '--json',
      ...why,
    ]);
    expect(code).toBe(1);
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({
      intents: [
        { id: 1, wish: { kind: 'drain' }, servers: [{ service: 'live-apis' }, { service: 'live-apps' }] },
      ],
      sessions: [{ sessions: 0 }, { service: 'live-apps', server: 'api-1', sessions: 1 }],
      safe: false,
      open: 'live-apps/api-1: 1 session',
    });
  });
});

describe('the other wishes', () => {
  test('maintain, weight, intents, enable', async () => {
    expect((await aorta(['maintain', 'spare', ...why])).out).toContain(
      'spare in maintenance (intent 1): live-apis/spare',
    );
    expect(await aorta(['weight', 'api-2', '257', ...why])).toMatchObject({ code: 2 });
    expect(await aorta(['weight', 'api-2', '50', ...why])).toMatchObject({
      code: 0,
      out: 'api-2 weight 50 (intent 2): live-apis/api-2, live-apps/api-2\n',
    });
    const { out } = await aorta(['intents']);
    for (const word of [
      'maintenance',
      'weight 50',
      'live-apis/spare',
      'jdoe',
      'patching',
      '0s ago',
      'ended by hand',
    ]) {
      expect(out).toContain(word);
    }
    expect((await aorta(['status'])).out).toContain('maintenance by jdoe, 0s ago: patching');
    expect(await aorta(['enable', 'api-2'])).toEqual({
      code: 0,
      out: 'enabled: api-2 is as declared again\n  ended for api-2: weight 50 by jdoe, 0s ago: patching\n',
      err: '',
    });
    expect((await aorta(['enable', 'api-2'])).out).toBe(
      'nothing was in force about api-2: it is as declared\n',
    );
    expect(JSON.parse((await aorta(['enable', 'spare', '--json'])).out)).toMatchObject({
      ended: [{ id: 1 }],
    });
    expect((await aorta(['intents'])).out).toBe('none: every server is as declared\n');
  });

  test('a server that is out with its host is not enabled alone', async () => {
    estate.intents = [intent(7, drain, host('api-1'))];
    const { code, err } = await aorta(['enable', 'api-1', '--service', 'live-apps']);
    expect(code).toBe(2);
    expect(err).toContain('because of intent 7 about the host api-1 (m.jones: patching)');
    expect(err).toContain('`aorta enable api-1`');
  });
});

test('a roll refuses what it would end although nobody asked, before it touches a host', async () => {
  estate.intents = [intent(7, maintenance, server('api-2'))];
  const { code, err } = await aorta(['roll', 'api-1', 'api-2', '--run', 'true', ...why]);
  expect(code).toBe(2);
  expect(err).toContain('api-2 is not as declared: maintenance by m.jones');
  expect(estate.intents).toHaveLength(1);
});
