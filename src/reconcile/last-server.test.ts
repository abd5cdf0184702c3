import { expect, test } from 'vitest';
import {
  compiled,
  drain,
  estate,
  host,
  intent,
  maintenance,
  running,
  server,
  weight,
} from '../compile/estate-fixture.ts';
import type { Intent } from '../model/intent.ts';
import { refuseLastServer, wouldEmpty } from './last-server.ts';

function before(intents: readonly Intent[] = [], health: Parameters<typeof running>[1] = {}) {
  const ir = compiled(intents);
  return { configuration: estate, intents, ir, state: running(ir, health) };
}

test('the last server of a service is not taken out, however it would be done', () => {
  const one = before([intent(1, drain, host('api-2'))]);
  for (const wish of [drain, maintenance, weight(0)]) {
    expect(wouldEmpty({ wish, target: host('api-1') }, one)).toEqual(['live-apps']);
    expect(wouldEmpty({ wish, target: server('api-1', 'live-apps') }, one)).toEqual(['live-apps']);
  }
  expect(wouldEmpty({ wish: weight(1), target: host('api-1') }, one)).toEqual([]);
  expect(wouldEmpty({ wish: drain, target: server('api-1', 'live-apis') }, one)).toEqual([]);
});

test('a server that is down, or was taken out behind our back, is not counted as left', () => {
  const request = { wish: drain, target: host('api-1') };
  for (const health of ['down', 'going-up'] as const) {
    expect(wouldEmpty(request, before([], { 'live-apps/api-2': health }))).toEqual(['live-apps']);
  }
  for (const health of ['up', 'going-down', 'no-check'] as const) {
    expect(wouldEmpty(request, before([], { 'live-apps/api-2': health }))).toEqual([]);
  }
  const { state, ...rest } = before();
  const servers = state.servers.map((one) => (one.name === 'api-2' ? { ...one, weight: 0 } : one));
  expect(wouldEmpty(request, { ...rest, state: { ...state, servers } })).toEqual(['live-apps']);
});

test('a service that has no healthy server already does not keep another one from being taken out', () => {
  const all = { 'live-apps/api-1': 'down', 'live-apps/api-2': 'down' } as const;
  expect(wouldEmpty({ wish: drain, target: host('api-1') }, before([], all))).toEqual([]);
});

test('draining what is out already takes nothing away', () => {
  const one = before([intent(1, drain, host('api-2'))]);
  expect(wouldEmpty({ wish: maintenance, target: host('api-2') }, one)).toEqual([]);
});

test('without a running HAProxy what is wanted decides', () => {
  const { state: _, ...rest } = before([intent(1, drain, host('api-2'))]);
  expect(wouldEmpty({ wish: drain, target: host('api-1') }, rest)).toEqual(['live-apps']);
});

test('the refusal names each service and why its other servers do not help', () => {
  const intents = [intent(1, drain, host('api-2'), { author: 'r.singh', reason: 'disk swap' })];
  const refused = refuseLastServer(
    { wish: drain, target: host('api-1') },
    before(intents, { 'live-apis/spare': 'down' }),
  );
  expect(refused).toMatchObject({
    code: 'last-server',
    message:
      'no server that takes requests would be left in live-apis (api-2 is drained (r.singh: disk swap), spare is down) and live-apps (api-2 is drained (r.singh: disk swap))',
  });
  expect(refuseLastServer({ wish: drain, target: host('api-1') }, before())).toBeUndefined();
});
