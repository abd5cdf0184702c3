import { expect, test } from 'vitest';
import { tlsCause } from './tls-cause.ts';
import type { SeenCertificate, TlsTarget } from './tls-handshake.ts';

const target: TlsTarget = {
  address: '10.0.0.1',
  port: 443,
  mustCover: 'api.stelsewhere.example',
};
const now = Date.parse('2026-06-01T00:00:00Z');
const certificate: SeenCertificate = {
  issuer: 'Hospital CA',
  notBefore: now - 1,
  notAfter: now + 1,
  covers: ['a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example', 'g.example'],
};

test('both faults of a certificate are named', () => {
  const old = { ...certificate, notAfter: Date.parse('2026-05-01T00:00:00Z') };
  const observation = {
    kind: 'handshake',
    chainError: 'CERT_HAS_EXPIRED',
    nameMismatch: true,
    certificate: old,
  } as const;
  expect(tlsCause(observation, target, now)).toBe(
    'the certificate expired on 2026-05-01, and it does not cover api.stelsewhere.example (it covers a.example, b.example, c.example, d.example, e.example and 2 more)',
  );
});

test('an expired authority is not blamed on the certificate', () => {
  const observation = {
    kind: 'handshake',
    chainError: 'CERT_HAS_EXPIRED',
    nameMismatch: false,
    certificate,
  } as const;
  expect(tlsCause(observation, target, now)).toBe('a certificate authority in the chain has expired');
});

test('a code that is not known is shown', () => {
  expect(tlsCause({ kind: 'error', code: 'ERR_NEW' }, target, now)).toContain('ERR_NEW');
  const observation = { kind: 'handshake', chainError: 'NEW', nameMismatch: false, certificate } as const;
  expect(tlsCause(observation, target, now)).toContain('NEW');
});

test('a handshake without a fault has no cause', () => {
  expect(tlsCause({ kind: 'handshake', nameMismatch: false, certificate }, target, now)).toBeUndefined();
});
