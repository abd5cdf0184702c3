import { expect, test } from 'vitest';
import { withoutTables } from './families.ts';
import { strayRules } from './stray-rules.ts';

/** Guards that connections of the other node are sent on, and nothing else. */
test('two owners, two families: each address goes to who has its connections', () => {
  const routes = [
    { addresses: ['10.0.0.10', 'fd00::10'], owner: ['10.0.0.2', 'fd00::2', 'fe80::2'] },
    { addresses: ['10.0.0.11'], owner: ['10.0.0.3'] },
  ];
  const text = strayRules({ routes, device: 'front', zone: 77 });
  // First what may be there is taken away, so that loading it is one step.
  expect(text.startsWith(withoutTables)).toBe(true);
  const strays = text.split('\n').filter((line) => line.includes(' dup to '));
  expect(strays).toEqual([
    '    iifname "front" ip daddr { 10.0.0.10 } tcp flags & (syn | rst) == 0 ct state new counter dup to 10.0.0.2 device "front" drop',
    '    iifname "front" ip daddr { 10.0.0.11 } tcp flags & (syn | rst) == 0 ct state new counter dup to 10.0.0.3 device "front" drop',
    '    iifname "front" ip6 daddr { fd00::10 } tcp flags & (syn | rst) == 0 ct state new counter dup to fe80::2 device "front" drop',
  ]);
  const zones = text.split('\n').filter((line) => line.includes('ct zone set 77'));
  expect(
    zones.map((line) =>
      line
        .trim()
        .split(' tcp')[0]
        ?.replace(/ meta.*/, ''),
    ),
  ).toEqual([
    'iifname "front" ip daddr { 10.0.0.10, 10.0.0.11 }',
    'ip saddr { 10.0.0.10, 10.0.0.11 }',
    'iifname "front" ip6 daddr { fd00::10 }',
    'ip6 saddr { fd00::10 }',
  ]);
});

test('a family that the owner does not have is refused', () => {
  const routes = [{ addresses: ['10.0.0.10', 'fd00::10'], owner: ['10.0.0.2'] }];
  expect(() => strayRules({ routes, device: 'front', zone: 1 })).toThrow(
    'has no IPv6 address on that network',
  );
});
