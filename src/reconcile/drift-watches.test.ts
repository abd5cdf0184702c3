import { expect, test } from 'vitest';
import type { RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import { fullIr, ir } from '../plan/ir-fixture.ts';
import { inner } from './drift-fixture.ts';
import { findServerDrift, hasLeftovers } from './drift-servers.ts';
import { findWatchDrift } from './drift-watches.ts';

const watching = ir({ watches: fullIr.watches });
const good: RuntimeServer = {
  backend: 'cache-1.watch-8379',
  name: 'cache-1',
  address: '10.0.2.11:8379',
  admin: 'ready',
  operational: 'up',
  since: 0,
  sessions: 0,
  weight: 1,
};

function state(...servers: readonly RuntimeServer[]): RuntimeState {
  const process = { masterPid: 1, workerPid: 2, leavingWorkers: [], version: '3.0', uptime: 1, reloads: 0 };
  return { at: 0, process, frontends: [], servers };
}

test.each([
  ['is gone', [], 'the watch of cache-1 port 8379 is not there; it should be watched', 'reload'],
  [
    'looks elsewhere',
    [{ ...good, address: '10.0.2.12:8379' }],
    'the watch of cache-1 port 8379 looks at 10.0.2.12:8379; it should look at 10.0.2.11:8379',
    [
      {
        kind: 'set-server-address',
        backend: good.backend,
        server: 'cache-1',
        address: '10.0.2.11',
        port: 8379,
      },
    ],
  ],
  [
    'is in maintenance',
    [{ ...good, admin: 'maintenance' as const }],
    'the watch of cache-1 port 8379 is in maintenance; it should be watched',
    [{ kind: 'set-server-admin', backend: good.backend, server: 'cache-1', admin: 'ready', weight: 1 }],
  ],
])('a watch that %s', (_, servers, what, correction) => {
  expect(findWatchDrift(watching, state(...servers))).toMatchObject([{ kind: 'server', what, correction }]);
});

test('one that is as it should be, up or down, is none of the servers that nobody knows', () => {
  for (const operational of ['up', 'down'] as const) {
    const seen = state({ ...good, operational }, inner);
    expect(findWatchDrift(watching, seen)).toEqual([]);
    expect(findServerDrift(watching, seen)).toEqual([]);
  }
  expect(hasLeftovers(watching, state({ ...good, admin: 'maintenance' }))).toBe(false);
  // Without the watch it is one of them.
  expect(findServerDrift(ir(), state(good, inner))).toHaveLength(1);
});
