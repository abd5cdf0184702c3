import { expect, test } from 'vitest';
import { readPeers } from './show-peers.ts';

// Guards: a node that HAProxy does not reach is told, in the words of both versions.

const line26 = (name: string, kind: string, status: string) =>
  `  0x5618: id=${name}(${kind}) addr=127.0.0.3:7444 last_status=${status} last_hdshk=5m\n` +
  '        reconnect=<NEVER> heartbeat=2s confirm=0 tx_hbt=6 rx_hbt=4 no_hbt=0 new_conn=1 proto_err=0 coll=0\n';
const line30 = (name: string, kind: string, status: string) =>
  line26(name, kind, status).replace(
    ' last_status',
    ' app_state=STOPPED learn_state=NOTASSIGNED last_status',
  );
const head = '0x5618: [30/Nov/2026:22:00:00] id=aorta.peers disabled=0 flags=0x13 resync_timeout=<PAST>\n';

test.each([
  ['2.6', line26],
  ['3.0', line30],
])('HAProxy %s', (_, line) => {
  const text =
    head +
    line('lb-a', 'local,inactive', 'NONE') +
    line('lb-b', 'remote,active', 'ESTA') +
    line('lb-c', 'remote,active', 'CONN') +
    // The session has ended; its last status stays.
    line('lb-d', 'remote,inactive', 'ESTA');
  expect(readPeers(text)).toEqual([
    { name: 'lb-b', connected: true },
    { name: 'lb-c', connected: false },
    { name: 'lb-d', connected: false },
  ]);
});

test('a section without other nodes has none', () => {
  expect(readPeers(head + line26('aorta', 'local,inactive', 'NONE'))).toEqual([]);
});
