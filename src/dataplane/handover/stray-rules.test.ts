import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { hopsToAll, hopsToOwners } from './stray-hops.ts';
import { recordingRules, sendingRules, withoutTables } from './stray-rules.ts';

/** Guards that a connection which another node has is handed to whoever may have it, once, and that none of our own is. */
const addresses = ['10.0.0.10', '10.0.0.11', 'fd00::10'];
const strays = hopsToAll(addresses, ['10.1.0.2', '10.1.0.3', 'fd01::2']);
const open = [
  { local: '10.0.0.10', localPort: 443, remote: '10.9.0.1', remotePort: 50_000 },
  { local: 'fd00::10', localPort: 443, remote: 'fd09::1', remotePort: 50_001 },
];

test('what is opened is remembered before anything is sent on', () => {
  const text = recordingRules(strays);
  expect(text.startsWith(withoutTables)).toBe(true);
  expect(text.match(/add @own/g)).toHaveLength(2);
  expect(text).not.toContain('dup');
});

describe('then', () => {
  const lines = sendingRules(strays, open).trimEnd().split('\n');

  test('what is open already is remembered, each in its family', () => {
    expect(lines.filter((line) => line.startsWith('add element'))).toEqual([
      'add element ip aorta_handover own { 10.9.0.1 . 50000 . 10.0.0.10 . 443 }',
      'add element ip6 aorta_handover own { fd09::1 . 50001 . fd00::10 . 443 }',
    ]);
  });

  test('in this order: ours stays, what came from another node goes nowhere, the rest goes to all others', () => {
    const ours = lines.filter((line) => line.startsWith('add rule ip aorta_handover'));
    expect(ours.map((line) => line.replace(/.* daddr \{ 10\.0\.0\.10, 10\.0\.0\.11 \} /, ''))).toEqual([
      'meta l4proto tcp ip saddr . tcp sport . ip daddr . tcp dport @own accept',
      'tcp flags & syn == 0 ip dscp 0x2b counter drop',
      'tcp flags & syn == 0 ip dscp set 0x2b counter dup to 10.1.0.2 dup to 10.1.0.3 drop',
    ]);
    expect(lines.at(-1)).toContain('ip6 dscp set 0x2b counter dup to fd01::2 drop');
  });

  test('a family in which nobody else is reached is left alone', () => {
    const older = hopsToAll(addresses, ['10.1.0.2']);
    expect(recordingRules(older)).not.toContain('table ip6 aorta_handover {');
    expect(sendingRules(older, open)).not.toContain('ip6');
  });
});

test('nft takes both, one after the other, and both once more', () => {
  const all = [recordingRules(strays), sendingRules(strays, open)];
  // In a network of its own, which ends with the command.
  const load = all.map((_, index) => `printf '%s' "$R${index}" | nft -f -`).join(' && ');
  const environment = Object.fromEntries(all.map((text, index) => [`R${index}`, text]));
  const said = execFileSync('unshare', ['-rn', 'sh', '-c', `${load} && ${load} && nft list ruleset`], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  expect(said.match(/dup to/g)).toHaveLength(3);
});

test('two owners, two families: each address goes to who has its connections, by the address of the link where there is one', () => {
  const routes = [
    { addresses: ['10.0.0.10', 'fd00::10'], owner: ['10.0.0.2', 'fd00::2', 'fe80::2'] },
    { addresses: ['10.0.0.11'], owner: ['10.0.0.3'] },
  ];
  const text = sendingRules(hopsToOwners(routes, 'front'), []);
  expect(
    [...text.matchAll(/daddr (.*) tcp flags.* (dup to .*) drop/g)].map(([, to, hop]) => [to, hop]),
  ).toEqual([
    ['{ 10.0.0.10 }', 'dup to 10.0.0.2 device "front"'],
    ['{ 10.0.0.11 }', 'dup to 10.0.0.3 device "front"'],
    ['{ fd00::10 }', 'dup to fe80::2 device "front"'],
  ]);
});

test('a machine without an address of the family cannot be sent what it has', () => {
  const routes = [{ addresses: ['10.0.0.10', 'fd00::10'], owner: ['10.0.0.2'] }];
  expect(() => hopsToOwners(routes, 'front')).toThrow('has no IPv6 address on that network');
});
