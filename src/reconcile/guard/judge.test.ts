import { describe, expect, test } from 'vitest';
import { judge } from './judge.ts';
import { expecting, nothingSeen, type Traffic, trafficWindow } from './window-fixture.ts';

function judged(before: Traffic, after: Traffic, wanted = 4) {
  return judge(trafficWindow(before), trafficWindow(after), expecting(wanted));
}

const sound: Traffic = { requests: 398, answers5xx: 1 };

describe('worse', () => {
  test.each<[string, Traffic, Traffic, string, boolean]>([
    [
      'errors in a third of the answers',
      sound,
      { requests: 412, answers5xx: 140 },
      '5xx of live: 34 % of 412 requests after the change, 0.3 % of 398 requests before',
      false,
    ],
    [
      'errors in nearly all answers',
      sound,
      { requests: 1_412, answers5xx: 1_400 },
      '5xx of live: 99 % of 1,412 requests after the change, 0.3 % of 398 requests before',
      true,
    ],
    [
      'errors, and no request in the minute before',
      {},
      { requests: 20, answers5xx: 6 },
      '5xx of live: 30 % of 20 requests after the change, 0 % of 0 requests before',
      false,
    ],
    [
      'a service that was poor and now fails',
      { requests: 400, answers5xx: 160 },
      { requests: 100, answers5xx: 100 },
      '5xx of live: 100 % of 100 requests after the change, 40 % of 400 requests before',
      true,
    ],
    [
      'clients that cannot shake hands any more',
      { connections: 200, failedHandshakes: 2, requests: 4_000 },
      { connections: 60, failedHandshakes: 15, requests: 900 },
      'failed handshakes of live: 25 % of 60 connections after the change, 1.0 % of 200 connections before',
      false,
    ],
    [
      'servers that cannot be reached',
      sound,
      { requests: 100, connectErrors: 20 },
      'servers of live not reached: 20 % of 100 requests after the change, 0 % of 398 requests before',
      false,
    ],
    [
      'answers that are cut off',
      sound,
      { requests: 100, responseErrors: 20 },
      'answers of live cut off or missing: 20 % of 100 requests after the change, 0 % of 398 requests before',
      false,
    ],
    ['one server fewer', {}, { up: 3 }, 'servers of live: 3 of 4 up after the change, 4 up before', false],
    ['no server any more', {}, { up: 0 }, 'servers of live: 0 of 4 up after the change, 4 up before', true],
    [
      'the last of them gone',
      { up: 1 },
      { up: 0 },
      'servers of live: 0 of 4 up after the change, 1 up before',
      true,
    ],
    ['a dead HAProxy', {}, { unanswered: 2 }, 'HAProxy does not answer since the change', true],
  ])('%s', (_, before, after, what, fatal) => {
    expect(judged(before, after)).toEqual([{ what, fatal }]);
  });

  test('a removed server is not missed, one more that is down is', () => {
    expect(judged({ up: 4 }, { up: 3 }, 3)).toEqual([]);
    expect(judged({ up: 4 }, { up: 2 }, 3)).toMatchObject([
      { what: 'servers of live: 2 of 3 up after the change, 4 up before', fatal: false },
    ]);
  });

  test('a new pool with no server up, as after a first start; it may still come up', () => {
    expect(judge(nothingSeen, trafficWindow({ up: 0 }), expecting())).toEqual([
      { what: 'live is new, and none of its 4 servers is up', fatal: false },
    ]);
  });

  test('a pool that HAProxy does not list has no server up', () => {
    const after = { ...trafficWindow(), up: new Map() };
    expect(judge(trafficWindow(), after, expecting())).toMatchObject([{ fatal: true }]);
  });
});

describe('not worse', () => {
  test.each<[string, Traffic, Traffic, number?]>([
    ['nothing happened', {}, {}],
    [
      'a share of errors that was there before',
      { requests: 400, answers5xx: 120 },
      { requests: 100, answers5xx: 33 },
    ],
    [
      'three times a share that was there before',
      { requests: 400, answers5xx: 24 },
      { requests: 100, answers5xx: 23 },
    ],
    ['a rise below 5 points', { requests: 4_000 }, { requests: 4_000, answers5xx: 199 }],
    ['four errors', sound, { requests: 20, answers5xx: 4 }],
    ['nineteen requests', sound, { requests: 19, answers5xx: 19 }],
    ['a rise that may be chance', { requests: 100, answers5xx: 4 }, { requests: 25, answers5xx: 5 }],
    ['a scanner that gives up', { connections: 200 }, { connections: 30, failedHandshakes: 9 }],
    ['a pool that was down before', { up: 0 }, { up: 0, requests: 400, answers5xx: 400, connectErrors: 400 }],
    ['a pool that was down before and came back', { up: 0 }, { up: 4, requests: 400, answers5xx: 90 }],
    ['the last server drained on purpose', {}, { up: 0, requests: 400, answers5xx: 400 }, 0],
    ['servers that are drained', { up: 4 }, { up: 1 }, 1],
    ['a server that was down before', { up: 3 }, { up: 3 }],
    ['a server more', { up: 3 }, { up: 4 }],
    ['one missed answer', {}, { unanswered: 1 }],
  ])('%s', (_, before, after, wanted) => {
    expect(judged(before, after, wanted)).toEqual([]);
  });

  test('errors of a new service: there is nothing that they could be worse than', () => {
    const after = trafficWindow({ requests: 100, answers5xx: 50 });
    expect(judge(nothingSeen, after, expecting())).toEqual([]);
  });

  test('what the controller asks HAProxy itself is no traffic', () => {
    const internal = trafficWindow({ requests: 100, answers5xx: 100 }).frontends.get('live');
    if (internal === undefined) throw new Error('no frontend');
    const before = {
      ...trafficWindow(),
      frontends: new Map([['aorta.identity', { ...internal, answers5xx: 0 }]]),
    };
    const after = { ...trafficWindow(), frontends: new Map([['aorta.identity', internal]]) };
    expect(judge(before, after, expecting())).toEqual([]);
  });

  test('a pool without wanted servers needs none', () => {
    expect(judge(nothingSeen, trafficWindow({ up: 0 }), expecting(0))).toEqual([]);
  });
});
