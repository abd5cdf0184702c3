import { expect, test } from 'vitest';
import type { ProcessList } from './master-socket.ts';
import { composeRuntimeState } from './runtime-state.ts';

/** Guards that a status never says "after 18446744073709552000ms". */
test('a verdict from live traffic has no duration; a check that took no time has one', () => {
  const processes: ProcessList = {
    master: { pid: 1, version: '2.6.12', reloads: 0, failed: 0 },
    workers: [{ pid: 2, version: '2.6.12', uptime: 1 }],
    leaving: [],
  };
  const row = (result: string, duration: string | undefined) =>
    new Map([
      ...[['type', '2'] as const, ['pxname', 'pool'] as const, ['svname', 'one'] as const],
      ['check_status', result] as const,
      ...(duration === undefined ? [] : [['check_duration', duration] as const]),
    ]);
  const checkOf = (result: string, duration: string | undefined) =>
    composeRuntimeState(0, processes, [row(result, duration)], [])?.servers[0]?.check;
  expect(checkOf('HANA', '18446744073709551615')).toEqual({ result: 'HANA' });
  expect(checkOf('HANA', undefined)).toEqual({ result: 'HANA' });
  expect(checkOf('L4OK', '0')).toEqual({ result: 'L4OK', duration: 0 });
});
