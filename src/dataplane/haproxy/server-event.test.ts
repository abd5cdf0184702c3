import { expect, test } from 'vitest';
import { readServerEvent, saysWorkerLeaves } from './server-event.ts';

const stamp = '2026-11-22T22:06:31.834077+00:00';
const tail = '1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.';

test.each([
  [
    `<1>${stamp} Server live.servers/api-1 is DOWN, reason: Layer7 timeout, check duration: 501ms. ${tail}`,
    'down',
    'Layer7 timeout',
  ],
  [
    `<1>${stamp} Server live.servers/api-1 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. ${tail}`,
    'down',
    'Layer4 connection problem',
  ],
  [
    `<1>${stamp} Server live.servers/api-1 is DOWN, reason: Health analyze, info: "Detected 3 consecutive errors, last one was: Wrong http response". ${tail}`,
    'down',
    'Health analyze',
  ],
  [
    `<5>${stamp} Server live.servers/api-1 is UP, reason: Layer7 check passed, code: 200, check duration: 1ms. ${tail}`,
    'up',
    'Layer7 check passed',
  ],
  [`<1>${stamp} Server live.servers/api-1 is DOWN, changed from CLI. ${tail}`, 'down', undefined],
  [`<5>${stamp} Server live.servers/api-1 is UP, changed from CLI. ${tail}`, 'up', undefined],
])('reads %s', (line, health, reason) => {
  expect(readServerEvent(line)).toEqual({
    backend: 'live.servers',
    server: 'api-1',
    health,
    ...(reason === undefined ? {} : { reason }),
  });
});

test.each([
  '',
  'Server live.servers/api-1 is DOWN',
  `<1>${stamp} Server live.servers/api-1 is going DOWN for maintenance. ${tail}`,
  `<5>${stamp} Server live.servers/api-1 is UP/READY (leaving forced maintenance).`,
  `<5>${stamp} Server live.servers/api-1 is UP (leaving forced drain).`,
  `<5>${stamp} Server live.servers/api-1 enters drain state. ${tail}`,
  `<0>${stamp} backend live.servers has no server available!`,
  `<1>${stamp} Server live servers/api-1 is DOWN, changed from CLI. ${tail}`,
  // Text of a server, in the place of a reason and behind another message.
  `<1>${stamp} Server live.servers/api-1 is DOWN, reason: ${'x'.repeat(200)}, info. ${tail}`,
  `<4>${stamp} anything: Server live.servers/api-1 is DOWN, changed from CLI. ${tail}`,
])('finds no change of health in %j', (line) => {
  expect(readServerEvent(line)).toBeUndefined();
});

test('knows the last words of a worker', () => {
  expect(saysWorkerLeaves(`<4>${stamp} Proxy live.servers stopped (cumulated conns: FE: 0, BE: 9).`)).toBe(
    true,
  );
  expect(saysWorkerLeaves(`<1>${stamp} Server stopped/api-1 is DOWN, changed from CLI. ${tail}`)).toBe(false);
});
