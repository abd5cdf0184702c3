import { expect, test } from 'vitest';
import { Secret } from '../kernel/secret.ts';
import type { Configuration } from '../model/configuration.ts';
import type { Name } from '../model/name.ts';
import { examineCertificates } from './examine-certificates.ts';

function withCertificates(ends: Readonly<Record<string, string>>): Configuration {
  const certificates = Object.entries(ends).map(([name, day]) => ({
    name: name as Name,
    path: ['certificates', name],
    material: {
      chain: [],
      key: new Secret('synthetic'),
      issuers: [],
      facts: {
        subject: `CN=${name}`,
        issuer: 'CN=Synthetic Authority',
        serialNumber: '01',
        dnsNames: [],
        addresses: [],
        notBefore: 0,
        notAfter: Date.parse(`${day}T00:00:00Z`),
        key: { kind: 'ec', curve: 'P-256' } as const,
        signatureAlgorithm: 'ecdsa-with-SHA256',
        selfSigned: false,
        certificateAuthority: false,
        forServers: true,
        fingerprint: '00',
      },
    },
  }));
  return { site: 'St. Elsewhere', hosts: [], authorities: [], certificates, virtualServices: [] };
}

test('a certificate that ends before the one in service is warned of, at its place', () => {
  const current = withCertificates({ live: '2027-01-01', other: '2027-01-01' });
  const desired = withCertificates({ live: '2026-12-31', other: '2027-01-01', added: '2026-01-01' });
  expect(examineCertificates(current, desired)).toEqual([
    {
      code: 'certificate-older',
      severity: 'warning',
      path: ['certificates', 'live'],
      what: 'the certificate ends on 2026-12-31, the one in service on 2027-01-01',
      mend: expect.stringMatching(/./),
    },
  ]);
});

test('a newer certificate, the same one, and the first start are nothing to warn of', () => {
  const current = withCertificates({ live: '2027-01-01' });
  expect(examineCertificates(current, withCertificates({ live: '2028-01-01' }))).toEqual([]);
  expect(examineCertificates(current, current)).toEqual([]);
  expect(examineCertificates(undefined, current)).toEqual([]);
});
