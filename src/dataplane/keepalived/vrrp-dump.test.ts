import { expect, test } from 'vitest';
import { difference } from './difference.ts';
import { readKeepalivedOutline } from './outline.ts';
import { type DumpedInstance, readDump } from './vrrp-dump.ts';

/** What keepalived 2.2.7 writes, without what we do not read. */
const main = {
  data: {
    iname: 'main',
    ifp_ifname: 'front',
    last_transition: 1_796_063_045.277_575,
    vrid: 51,
    base_priority: 254,
    effective_priority: 204,
    vipset: true,
    state: 2,
    vips: ['10.20.0.10 dev front scope global set'],
    evips: ['2001:db8::10 dev front scope global deprecated set', '10.20.0.11/32 dev front'],
  },
  stats: { become_master: 1 },
};
const expected: DumpedInstance = {
  name: 'main',
  state: 'master',
  since: 1_796_063_045_278,
  interface: 'front',
  virtualRouterId: 51,
  priority: 254,
  effectivePriority: 204,
  addresses: ['10.20.0.10', '2001:db8::10', '10.20.0.11'],
};

test('what keepalived says of its instances is read, in both of its forms', () => {
  expect(readDump(JSON.stringify([main]))).toEqual([expected]);
  expect(readDump(JSON.stringify({ vrrp: [main], track_process: [] }))).toEqual([expected]);
});

test.each([
  [0, 'starting'],
  [1, 'backup'],
  [3, 'fault'],
  [98, 'starting'],
])('state %d is %s', (state, word) => {
  expect(readDump(JSON.stringify([{ data: { ...main.data, state } }]))).toMatchObject([{ state: word }]);
});

test('an instance without addresses has none, and what is no dump is none', () => {
  const { vips: _, evips: __, ...bare } = main.data;
  expect(readDump(JSON.stringify([{ data: bare }]))).toMatchObject([{ addresses: [] }]);
  for (const text of ['', '[', '{}', '[1]']) expect(readDump(text)).toBeUndefined();
});

const wanted = readKeepalivedOutline(`vrrp_instance main {
  interface front
  virtual_router_id 51
  priority 254
  virtual_ipaddress {
    10.20.0.10/32 dev front
  }
  virtual_ipaddress_excluded {
    10.20.0.11/32 dev front
    2001:db8::10/128 dev front
  }
}
`);

test.each<[string | undefined, Partial<DumpedInstance>]>([
  [undefined, {}],
  [undefined, { state: 'fault', addresses: expected.addresses.toReversed() }],
  ['the interface of main is still back', { interface: 'back' }],
  ['the virtual router id of main is still 52', { virtualRouterId: 52 }],
  ['the priority of main is still 253', { priority: 253 }],
  ['main does not have 10.20.0.11', { addresses: ['10.20.0.10', '2001:db8::10'] }],
  ['main still has 10.20.0.12', { addresses: [...expected.addresses, '10.20.0.12'] }],
  ['the instance main is not there', { name: 'other' }],
])('%s', (what, change) => {
  expect(difference(wanted, [{ ...expected, ...change }])).toBe(what);
});

test('an instance that is not wanted any more is a difference', () => {
  expect(difference(wanted, [expected, { ...expected, name: 'other' }])).toBe(
    'the instance other is still there',
  );
});
