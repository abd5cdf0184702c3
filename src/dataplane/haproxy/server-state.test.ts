import { expect, test } from 'vitest';
import { readOutline } from './outline.ts';
import { inheritedState, noServerState, readServerStates } from './server-state.ts';

const header = '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight\n';
const one = '3 pool 1 one 10.0.0.1 2 8 100';
const two = '3 pool 2 two 10.0.0.2 0 1 100';

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

test('servers that stay the same keep their state, whatever their weight', () => {
  const from = pool('server one 10.0.0.1:80 weight 100', 'server two 10.0.0.2:80');
  const to = pool('server one 10.0.0.1:80 weight 50', 'server two 10.0.0.2:80  # same');
  expect(inheritedState(`${header}${one}\n${two}\n`, from, to)).toBe(`${header}${one}\n${two}\n`);
});

test('the administrative state is read from its bits', () => {
  expect(readServerStates(`${header}${one}\n${two}\n`)).toMatchObject([
    { backend: 'pool', name: 'one', admin: 'drain' },
    { backend: 'pool', name: 'two', admin: 'maintenance' },
  ]);
});
