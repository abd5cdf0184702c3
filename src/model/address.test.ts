import { describe, expect, test } from 'vitest';
import { isIpv6, isWildcard, ListenAddress, MachineAddress, toAddress, toNetwork } from './address.ts';

describe('an address', () => {
  test.each([
    '',
    ' 10.0.0.1',
    '10.0.0.1 ',
    '10.0.0.1\n',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.01',
    '0x0a.0.0.1',
    '167772161',
    '10.0.0.1/32',
    '10.0.0.1:80',
    '[::1]',
    'fe80::1%eth0',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'localhost',
    '*',
    '１０.0.0.1',
  ])('is not %j', (text) => {
    expect(toAddress(text)).toBeUndefined();
  });

  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::', '::'],
  ])('%s has the one form %s', (text, canonical) => {
    expect(toAddress(text)).toBe(canonical);
    expect(toAddress(canonical)).toBe(canonical);
  });

  test('of every kind is told apart', () => {
    const all = ['0.0.0.0', '::'].map((text) => ListenAddress.parse(text));
    expect(all.map(isWildcard)).toEqual([true, true]);
    expect(all.map(isIpv6)).toEqual([false, true]);
    expect(isWildcard(ListenAddress.parse('::ffff:0.0.0.0'))).toBe(true);
  });

  test.each(['224.0.0.1', '255.255.255.255', 'ff02::1', '::ffff:224.0.0.1'])(
    '%s is nobody to listen at',
    (text) => {
      expect(ListenAddress.safeParse(text).success).toBe(false);
      expect(MachineAddress.safeParse(text).success).toBe(false);
    },
  );

  test.each(['0.0.0.0', '::', '::ffff:0.0.0.0'])('%s is not one machine', (text) => {
    expect(MachineAddress.safeParse(text).success).toBe(false);
  });
});

describe('a network', () => {
  test.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '10.0.0.0/+8',
    '10.0.0.0/1e1',
    '10.0.0.1/8',
    '2001:db8::1/32',
    '::/129',
    '::ffff:10.0.0.0/104',
    'any',
  ])('is not %j', (text) => {
    expect(toNetwork(text)).toBeUndefined();
  });

  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.0.0.0/08', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0::/32', '2001:db8::/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['::ffff:10.0.0.1', '10.0.0.1/32'],
  ])('%s has the one form %s', (text, canonical) => {
    expect(toNetwork(text)).toBe(canonical);
    expect(toNetwork(canonical)).toBe(canonical);
  });
});
