import { expect, test } from 'vitest';
import { elsewhereIn, runtimeServer } from './runtime-state.ts';
import { readStatistics } from './show-stat.ts';

const columns = 'pxname,svname,type,check_status,check_duration,status,lastchg,scur,weight';

function rowOf(cells: string) {
  const [row] = readStatistics(`# ${columns}\npool,one,2,${cells}\n`) ?? [];
  if (row === undefined) throw new Error('no row');
  return row;
}

/** Guards that a status never says "after 18446744073709552000ms". */
test('a verdict from live traffic has no duration; a check that took no time has one', () => {
  const checkOf = (cells: string) => runtimeServer(rowOf(cells), 0, undefined, elsewhereIn([])).check;
  expect(checkOf('HANA,18446744073709551615')).toEqual({ result: 'HANA' });
  expect(checkOf('HANA,')).toEqual({ result: 'HANA' });
  expect(checkOf('L4OK,0')).toEqual({ result: 'L4OK', duration: 0 });
});

test('since when does not tremble, and is another moment with another state', () => {
  const serverAt = (at: number, cells: string, before?: ReturnType<typeof runtimeServer>) =>
    runtimeServer(rowOf(cells), at, undefined, elsewhereIn([]), before);
  const first = serverAt(100_300, 'L4OK,1,UP,7,0,1');
  expect(first.since).toBe(93_300);
  // Told in whole seconds, so that it seems to be somewhat later, or earlier.
  expect(serverAt(102_100, 'L4OK,1,UP,8,0,1', first)).toBe(first);
  expect(serverAt(102_100, 'L4OK,1,UP,8,3,1', first)).toEqual({ ...first, sessions: 3 });
  expect(serverAt(102_100, 'L4OK,1,DOWN,8,0,1', first).since).toBe(94_100);
  expect(serverAt(102_100, 'L4OK,1,UP,1,0,1', first).since).toBe(101_100);
});

test('old workers count with what they have of a server, and send when it has a weight there', () => {
  const elsewhere = elsewhereIn([
    rowOf('L4OK,1,UP,7,2,1'),
    rowOf('L4OK,1,UP,7,1,0'),
    rowOf('L4OK,1,MAINT,7,4,1'),
  ]);
  expect(runtimeServer(rowOf('L4OK,1,UP,7,5,0'), 0, undefined, elsewhere)).toMatchObject({
    sessions: 12,
    oldSenders: 1,
  });
});
