// Guards that a scenario which asks for something that its place cannot do is refused before it runs.
import { describe, expect, test } from 'vitest';
import { checkNames } from './check-names.ts';
import { parseScenario } from './scenario-file.ts';

const check = (pair: boolean, action: string, wanted = '{}') =>
  checkNames(
    parseScenario(
      `title: t\nwhat: w\nduration: 3s\n${pair ? 'pair: {}\n' : ''}timeline: [${action}]\nexpect: ${wanted}\n`,
      's.yaml',
    ),
    'recommended',
  );

describe('with a pair', () => {
  test.each([
    '{ at: 1s, do: kill, on: lb-a, program: haproxy }',
    '{ at: 1s, do: kill, on: api-1 }',
    '{ at: 1s, do: freeze, on: [lb-a, api-1] }',
    '{ at: 1s, do: cut, on: lb-b, cable: front, silently: true }',
    '{ at: 1s, do: split, on: [lb-a, lb-b] }',
    '{ at: 1s, do: aorta, on: lb-a, run: [status] }',
    '{ at: 1s, do: failover, times: 2 }',
    '{ at: 1s, do: rehearse }',
    '{ at: 1s, do: status, says: holds }',
    '{ at: 1s, do: up, on: lb-a }',
    '{ at: 1s, do: apply, set: { a: 1 }, on: lb-b, refused: store-unreachable }',
  ])('%s', async (action) => {
    await expect(check(true, action)).resolves.toBeUndefined();
  });
  test.each([
    ['{ at: 1s, do: kill, on: lb-c, program: haproxy }', 'with a pair, has no lb-c'],
    ['{ at: 1s, do: kill, on: lb-a }', 'needs a `program`'],
    ['{ at: 1s, do: kill, on: [lb-a, api-1], program: haproxy }', 'is for nodes of a pair'],
    ['{ at: 1s, do: kill, on: api-1, signal: SIGTERM }', 'is killed with SIGKILL'],
    ['{ at: 1s, do: freeze, on: api-1, program: haproxy }', 'is for nodes of a pair'],
    ['{ at: 1s, do: power-cut, on: api-1 }', 'not for api-1'],
    ['{ at: 1s, do: split, on: [lb-a, api-1] }', 'not for lb-a, api-1'],
    ['{ at: 1s, do: restart, on: lb-a }', 'is for servers, not for lb-a'],
    ['{ at: 1s, do: aorta, run: [status] }', 'needs `on`'],
    ['{ at: 1s, do: aorta, on: api-1, run: [status] }', 'not on api-1'],
    ['{ at: 1s, do: roll, on: [api-1, lb-a] }', 'is for servers, not for lb-a'],
    ['{ at: 1s, do: lose-dns }', 'cannot be done with a pair'],
    ['{ at: 1s, do: up, on: api-1 }', 'is for nodes of a pair'],
    ['{ at: 1s, do: apply, set: { a: 1 }, on: api-1 }', 'asks nodes, not api-1'],
    ['{ at: 1s, do: stop-store, members: 1 }', 'with a `store`'],
    ['{ at: 1s, do: start-store }', 'with a `store`'],
  ])('%s is refused', async (action, why) => {
    await expect(check(true, action)).rejects.toThrow(why);
  });
  test('with a store its members can be ended', async () => {
    const text = 'title: t\nwhat: w\nduration: 3s\npair: { store: 3 }\nexpect: {}\n';
    const timeline = 'timeline: [{ at: 1s, do: stop-store, members: 2 }, { at: 2s, do: start-store }]\n';
    await expect(
      checkNames(parseScenario(text + timeline, 's.yaml'), 'recommended'),
    ).resolves.toBeUndefined();
  });
  test('questions to DNS are not counted', async () => {
    await expect(check(true, '', '{ dnsQueries: 0 }')).rejects.toThrow('not counted');
  });
});

describe('without a pair', () => {
  test.each([
    ['{ at: 1s, do: kill, on: lb-a, program: haproxy }', 'recommended has no lb-a'],
    ['{ at: 1s, do: kill, on: api-1, program: haproxy }', 'is for nodes of a pair'],
    ['{ at: 1s, do: power-cut, on: api-1 }', 'is for nodes of a pair'],
    ['{ at: 1s, do: cut, on: api-1, silently: true }', 'need a `pair`'],
    ['{ at: 1s, do: aorta, on: api-1, run: [status] }', 'not on api-1'],
    ['{ at: 1s, do: failover }', 'needs a `pair`'],
    ['{ at: 1s, do: rehearse }', 'needs a `pair`'],
    ['{ at: 1s, do: status, says: holds }', 'needs a `pair`'],
    ['{ at: 1s, do: apply, set: { a: 1 }, refused: no }', 'needs a `pair`'],
  ])('%s is refused', async (action, why) => {
    await expect(check(false, action)).rejects.toThrow(why);
  });
  test.each([
    '{ takeovers: [{ after: 1s, by: lb-b, within: 1s }] }',
    '{ moves: 0 }',
    '{ heldBy: [{ at: 1s, by: one }] }',
  ])('%s is refused', async (wanted) => {
    await expect(check(false, '', wanted)).rejects.toThrow('write `pair: {}`');
  });
});
