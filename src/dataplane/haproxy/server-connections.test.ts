import { expect, test } from 'vitest';
import { readServerConnections } from './server-connections.ts';

const header =
  '# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[2]\n';

test('used and idle connections are read by the names of their columns', () => {
  const text = `${header}live.servers/a 4/1 127.0.0.2 9001 - 120000 3 5 1 0 1 -1 2 1 1\n`;
  expect(readServerConnections(text)).toEqual(new Map([['live.servers/a', { used: 3, idle: 2 }]]));
});

test('what is not understood says nothing', () => {
  expect(readServerConnections('No such backend.\n').size).toBe(0);
});
