import { expect, test } from 'vitest';
import { streamsTo } from './end-streams.ts';

const text = `0x55bdfa3a80d0: proto=tcpv4 src=127.0.0.1:55390 fe=f be=live.servers srv=api-2 ts=00 epoch=0 age=2s
0x55bdfa3a80d1: proto=tcpv4 src=127.0.0.1:55391 fe=f be=live.servers srv=api-21 ts=00 epoch=0 age=2s
0x55bdfa3a80d2: proto=tcpv4 src=127.0.0.1:55392 fe=f be=other.servers srv=api-2 ts=00 epoch=0 age=2s
0x55bdfa3a80d3: proto=tcpv4 src=127.0.0.1:55393 fe=f be=live.servers srv=<none> ts=00 epoch=0 age=2s
0x7f918c047cf0: proto=sockpair src=unix:2 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=0s

`;

test('only streams of this very server are ended', () => {
  expect(streamsTo(text, 'live.servers', 'api-2')).toEqual(['0x55bdfa3a80d0']);
  expect(streamsTo(text, 'live.servers', 'api-9')).toEqual([]);
  expect(streamsTo("Can't find the target PID matching the prefix '@!1'\n", 'live.servers', 'api-2')).toEqual(
    [],
  );
});
