import { expect, test } from 'vitest';
import { ToldStates } from './told-states.ts';

const header = '1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_uweight srv_iweight\n';
const lines = ['3 a 1 one 10.0.0.1 8 100 100', '3 a 2 two 10.0.0.2 1 50 50', '4 b 1 one 10.0.0.1 4 7 100'];

function statesOf(...of: string[]) {
  return ToldStates.of(Buffer.from(`${header}${of.join('\n')}\n`));
}

test.each([
  ['as in the statistics', [0, 1, 2]],
  ['another', [2, 0, 1]],
])('every server is found in an order that is %s', (_, order) => {
  const states = statesOf(...order.map((index) => lines[index] ?? ''));
  expect(states?.next('a', 'one')).toEqual({ admin: 'drain', weight: 100 });
  expect(states?.next('a', 'two')).toEqual({ admin: 'maintenance', weight: 50 });
  // Disabled in the file, enabled at runtime.
  expect(states?.next('b', 'one')).toEqual({ admin: 'ready', weight: 7 });
});

test('a server that is not in it takes nothing from the others', () => {
  const states = statesOf(...lines);
  expect(states?.next('a', 'zero')).toBeUndefined();
  expect(states?.next('a', 'one')).toEqual({ admin: 'drain', weight: 100 });
  expect(states?.next('c', 'one')).toBeUndefined();
  expect(states?.next('b', 'one')).toEqual({ admin: 'ready', weight: 7 });
});

test.each(['', 'Unknown command', '2\n# be_name srv_name srv_admin_state\n', '1\n# be_name\n'])(
  'an answer that is not understood gives nothing: %j',
  (answer) => {
    expect(ToldStates.of(Buffer.from(answer))).toBeUndefined();
  },
);
