import { expect, test } from 'vitest';
import { readOutline } from './outline.ts';
import { inheritedState, noServerState, readServerStates } from './server-state.ts';

const header =
  '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_port\n';
const one = '3 pool 1 one 10.0.0.1 2 8 100 100 80';
const two = '3 pool 2 two 10.0.0.2 0 1 100 100 80';

function pool(...lines: string[]) {
  return readOutline(['backend pool', ...lines].join('\n'));
}

test.each(['', 'Unknown command', '2\n# be_name\n'])(
  'an answer that is not understood gives nothing: %j',
  (answer) => {
    const same = pool('server one 10.0.0.1:80');
    expect(readServerStates(answer)).toBeUndefined();
    expect(inheritedState(answer, same, same)).toBe(noServerState);
  },
);

test.each([
  ['another port', 'server one 10.0.0.1:81'],
  ['TLS', 'server one 10.0.0.1:80 ssl verify required ca-file ca.pem'],
  ['another default', 'default-server ssl\nserver one 10.0.0.1:80'],
  ['another name', 'server three 10.0.0.1:80'],
])('a server with %s starts as if new', (_, changed) => {
  expect(inheritedState(`${header}${one}\n`, pool('server one 10.0.0.1:80'), pool(changed))).toBe(header);
});

/** What a row becomes when the file is changed from one server line to another. */
function after(row: string, from: string, to: string): string {
  return inheritedState(`${header}${row}\n`, pool(from), pool(to)).slice(header.length).trimEnd();
}
const same = 'server one 10.0.0.1:80 weight 100';

test.each([
  ['drained', '3 pool 1 one 10.0.0.1 2 8 100 100 80'],
  ['put in maintenance', '3 pool 1 one 10.0.0.1 0 1 100 100 80'],
  ['given another weight', '3 pool 1 one 10.0.0.1 2 0 7 100 80'],
  ['down', '3 pool 1 one 10.0.0.1 0 0 100 100 80'],
])('a server that was %s by hand stays so when its line stays', (_, row) => {
  expect(after(row, same, `${same}  # same`)).toBe(row);
});

test('so does one that was brought to its weight without a reload, and changed by hand since', () => {
  const row = '3 pool 1 one 10.0.0.1 2 0 7 50 80';
  expect(after(row, same, same)).toBe('3 pool 1 one 10.0.0.1 2 0 7 100 80');
});

test('a changed weight is taken from the file, health from the row', () => {
  const row = '3 pool 1 one 10.0.0.1 0 0 100 100 80';
  const to = 'server one 10.0.0.1:80 weight 50';
  expect(after(row, same, to)).toBe('3 pool 1 one 10.0.0.1 0 0 50 50 80');
});

test('a drain by hand outlives a changed weight, but not the end of a drain in the file', () => {
  const row = '3 pool 1 one 10.0.0.1 2 8 100 100 80';
  const half = 'server one 10.0.0.1:80 weight 50';
  const drained = 'server one 10.0.0.1:80 weight 0';
  expect(after(row, same, half)).toBe('3 pool 1 one 10.0.0.1 2 8 50 50 80');
  expect(after(row, drained, same)).toBe('3 pool 1 one 10.0.0.1 2 0 100 100 80');
});

// Guards: a weight of a change that was broken off outlived the reload that was to undo it.
test.each([
  ['weight', '3 pool 1 one 10.0.0.1 2 0 7 100 80', '3 pool 1 one 10.0.0.1 2 0 100 100 80'],
  ['drain', '3 pool 1 one 10.0.0.1 0 8 100 100 80', '3 pool 1 one 10.0.0.1 0 0 100 100 80'],
  // Its health is not known, so it starts as if new.
  ['maintenance', '3 pool 1 one 10.0.0.1 0 1 100 100 80', undefined],
])('a %s that no file has is dropped when it is asked for, and health is kept', (_, row, expected) => {
  const state = inheritedState(`${header}${row}\n`, pool(same), pool(same), 'dropped');
  expect(state).toBe(expected === undefined ? header : `${header}${expected}\n`);
});

test('maintenance that the file begins or ends is what the file says', () => {
  const disabled = `${same} disabled`;
  expect(after('3 pool 1 one 10.0.0.1 2 0 100 100 80', same, disabled)).toBe(
    '3 pool 1 one 10.0.0.1 2 5 100 100 80',
  );
  // Its health is not known, so it starts as if new.
  expect(after('3 pool 1 one 10.0.0.1 0 5 100 100 80', disabled, same)).toBe('');
  expect(after('3 pool 1 one 10.0.0.1 0 1 100 100 80', disabled, same)).toBe('');
});

test('one that was enabled by hand against the file stays enabled', () => {
  const disabled = `${same} disabled`;
  expect(after('3 pool 1 one 10.0.0.1 2 4 100 100 80', disabled, disabled)).toBe(
    '3 pool 1 one 10.0.0.1 2 4 100 100 80',
  );
});

test('one that the file disabled without a reload stays disabled', () => {
  const disabled = `${same} disabled`;
  expect(after('3 pool 1 one 10.0.0.1 0 1 100 100 80', disabled, disabled)).toBe(
    '3 pool 1 one 10.0.0.1 0 5 100 100 80',
  );
});

test('an address that was changed by hand is not inherited', () => {
  expect(after('3 pool 1 one 10.9.9.9 2 8 100 100 8888', same, same)).toBe(
    '3 pool 1 one 10.0.0.1 2 8 100 100 80',
  );
});

test('the administrative state is read from its bits', () => {
  const enabled = '3 pool 3 three 10.0.0.3 2 4 25 100 80';
  expect(readServerStates(`${header}${one}\n${two}\n${enabled}\n`)).toMatchObject([
    { backend: 'pool', name: 'one', admin: 'drain', up: true, weight: 100 },
    { backend: 'pool', name: 'two', admin: 'maintenance', up: false },
    // Disabled in the file, enabled at runtime.
    { backend: 'pool', name: 'three', admin: 'ready', up: true, weight: 25, port: 80 },
  ]);
});
