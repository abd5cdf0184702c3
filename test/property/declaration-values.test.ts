import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPath, type Path, parsePath, pathKey } from '../../src/kernel/path.ts';
import { quote } from '../../src/kernel/quote.ts';
import { toAddress, toNetwork } from '../../src/model/address.ts';
import { type Duration, durationBetween, formatDuration } from '../../src/model/duration.ts';
import { toHostname } from '../../src/model/hostname.ts';

const unicode = fc.string({ unit: 'binary' });
const path: fc.Arbitrary<Path> = fc.array(fc.oneof(unicode, fc.string(), fc.nat()));

test('a path that was written is read back', () => {
  fc.assert(
    fc.property(path, (steps) => {
      expect(parsePath(formatPath(steps))).toEqual(steps);
    }),
  );
});

test('no text makes the reading of a path throw', () => {
  const pieces = fc.constantFrom('a', '.', '[', ']', '"', '\\', '\\u12', '0', '\n', 'x y', '["', '"]');
  fc.assert(
    fc.property(
      fc.oneof(
        unicode,
        fc.array(pieces).map((parts) => parts.join('')),
      ),
      (text) => {
        const steps = parsePath(text);
        if (steps !== undefined) expect(parsePath(formatPath(steps))).toEqual(steps);
      },
    ),
  );
});

test('different paths have different keys', () => {
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(pathKey(a) === pathKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

test('a quotation is one line of visible characters', () => {
  fc.assert(
    fc.property(unicode, (text) => {
      expect(quote(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(quote(text).length).toBeLessThan(1000);
    }),
  );
});

test('a duration that was written is read back, in the shortest way', () => {
  const any = durationBetween('1ms', '3650d');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_650 * 86_400_000 }), (milliseconds) => {
      const text = formatDuration(milliseconds as Duration);
      expect(any.parse(text)).toBe(milliseconds);
      expect(text.length).toBeLessThanOrEqual(`${milliseconds}ms`.length);
    }),
  );
});

test('an address has one form, which is what the operating system calls it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const family = text.includes(':') ? 'ipv6' : 'ipv4';
      const { address } = new SocketAddress({ address: text, family });
      const canonical = toAddress(text);
      if (address.startsWith('::ffff:')) expect(`::ffff:${canonical}`).toBe(address);
      // The system writes some unused addresses (::1.2.3.4) with a tail of IPv4; RFC 5952 leaves that open.
      else if (!address.slice(2).includes('.') || family === 'ipv4') expect(canonical).toBe(address);
      expect(toAddress(canonical ?? '')).toBe(canonical);
      expect(toAddress(text.toUpperCase())).toBe(canonical);
    }),
  );
});

test('a network has one form', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(140), (text, length) => {
      const canonical = toNetwork(`${text}/${length}`);
      if (canonical !== undefined) expect(toNetwork(canonical)).toBe(canonical);
    }),
  );
});

test('a host name has one form and holds nothing that a configuration could mistake', () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), unicode, fc.string()), (text) => {
      const hostname = toHostname(text);
      if (hostname === undefined) return;
      expect(hostname).toMatch(/^[a-z0-9.-]{1,253}$/);
      expect(toHostname(hostname)).toBe(hostname);
    }),
  );
});

test('no text makes an address, a network or a host name throw', () => {
  fc.assert(
    fc.property(unicode, (text) => {
      toAddress(text);
      toNetwork(text);
      toHostname(text);
    }),
  );
});
