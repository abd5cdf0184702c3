import { expect, test } from 'vitest';
import { missingKeys, readTicketKeys } from './ticket-keys.ts';

// Guards: HAProxy ends up with the wanted keys in their order, and is given no more than it lacks.

const abc = ['a', 'b', 'c'];

/** What HAProxy does with a key: it becomes the newest, and the oldest is forgotten. */
function held(before: readonly string[], given: readonly string[]): readonly string[] {
  return [...before, ...given].slice(-before.length);
}

test.each<[string, string[]]>([
  ['abc', []],
  ['zab', ['c']],
  ['yza', ['b', 'c']],
  ['xyz', ['a', 'b', 'c']],
  // The same keys in another order: the last but one would be another.
  ['acb', ['a', 'b', 'c']],
  ['bca', ['b', 'c']],
])('HAProxy has %s', (has, given) => {
  const [before, wanted] = [has.split(''), abc];
  expect(missingKeys(before, wanted)).toEqual(given);
  expect(held(before, missingKeys(before, wanted))).toEqual(wanted);
});

test('one that shows something else is given all', () => {
  expect(missingKeys([], abc)).toEqual(abc);
  expect(missingKeys(['a', 'b'], abc)).toEqual(abc);
});

test('reads what HAProxy 2.6 and 3.0 say', () => {
  const said = '# id secret\n# 0 (/dev/shm/x/keys)\n0.0 aa+/=\n0.1 bb\n0.2 cc\n';
  expect(readTicketKeys(said)).toEqual(['aa+/=', 'bb', 'cc']);
  expect(readTicketKeys('# id (file)\n0 (/dev/shm/x/keys)\n')).toEqual([]);
});
