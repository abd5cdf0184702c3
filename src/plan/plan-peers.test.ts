import { expect, test } from 'vitest';
import type { PeersIr } from '../ir/haproxy.ts';
import { ir } from './ir-fixture.ts';
import { plan } from './make-plan.ts';

// Guards: HAProxy learns of other nodes by a reload only, so a plan that misses one would leave the nodes apart.

const pair: PeersIr = {
  name: 'lb-a',
  address: '10.20.9.2',
  port: 7444,
  certificateFile: 'peers/lb-a.pem',
  authorityFile: 'peers/authority.ca.pem',
  others: [
    { name: 'lb-b', address: '10.20.9.3' },
    { name: 'lb-c', address: '10.20.9.4' },
  ],
};
const [lbB, lbC] = pair.others;

function changeOf(before: PeersIr | undefined, after: PeersIr | undefined): [string, string[]] {
  const withPeers = (peers: PeersIr | undefined) =>
    ir({ global: { ...ir().global, ...(peers === undefined ? {} : { peers }) } });
  const { impact, steps } = plan(withPeers(before), withPeers(after), {}, { dynamicCookie: true });
  return [impact, steps.map(({ what }) => what)];
}

test.each<[PeersIr | undefined, PeersIr | undefined, string[]]>([
  [undefined, pair, ['sharing of tables with other nodes of HAProxy: off to on']],
  [pair, undefined, ['sharing of tables with other nodes of HAProxy: on to off']],
  [pair, { ...pair, others: lbB === undefined ? [] : [lbB] }, ['tables are no longer shared with lb-c']],
  [{ ...pair, others: lbC === undefined ? [] : [lbC] }, pair, ['tables are from now on shared with lb-b']],
  [
    pair,
    { ...pair, others: [{ name: 'lb-b', address: '10.20.9.9' }, ...(lbC === undefined ? [] : [lbC])] },
    ['address of lb-b: 10.20.9.3 to 10.20.9.9'],
  ],
  [pair, { ...pair, port: 7445 }, ['port for other nodes of HAProxy: 7444 to 7445']],
])('%#: a reload, and says why', (before, after, expected) => {
  expect(changeOf(before, after)).toEqual(['reload', expected]);
});

test('the same nodes need nothing', () => {
  expect(changeOf(pair, structuredClone(pair))).toEqual(['none', []]);
});
