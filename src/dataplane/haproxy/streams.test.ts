import { expect, test } from 'vitest';
import { readStreams } from './streams.ts';

const own = '0x5566392bfa40: proto=sockpair src=unix:2 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0';
const inner =
  '0x7fa198030300: proto=unix_stream src=unix:1 fe=aorta.hop be=live.servers srv=api-1 ts=00 epoch=0';
const request =
  '0x7fa198030200: proto=tcpv4 src=127.0.0.1:4711 fe=live be=live.servers srv=api-1 ts=00 epoch=0';

test.each([
  ['', undefined],
  ["Can't find the target PID matching the prefix\n", undefined],
  // Cut off before our own question was listed: nobody knows what else is missing.
  [`${request}\n`, undefined],
  [`${own}\n\n`, 0],
  [`${request}\n${own}\n${request}\n\n`, 2],
  [`${request}\n${own}\n${inner}\n\n`, 1],
])('%j is %s', (text, expected) => {
  expect(readStreams(text)).toBe(expected);
});
