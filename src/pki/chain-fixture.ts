import { X509Certificate } from 'node:crypto';
import { expect } from 'vitest';
import { authority, type Issued, type OpensslFixture, server } from './openssl-fixture.ts';
import type { CertificateReading, readCertificate } from './read-certificate.ts';

export const path = ['certificates', 'live'];
export const host = 'mtrestapis-live01.stelsewhere.example';

/** Three authorities in a row, a certificate of the last, and an authority that has nothing to do with them. */
export function issueChain(
  openssl: OpensslFixture,
): Record<'root' | 'outer' | 'inner' | 'leaf' | 'stranger', Issued> {
  const root = openssl.issue({ subject: '/O=St. Elsewhere/CN=Root', extensions: authority });
  const outer = openssl.issue({ subject: '/CN=Outer', issuer: root, extensions: authority });
  const inner = openssl.issue({ subject: '/CN=Inner', issuer: outer, extensions: authority });
  const leaf = openssl.issue({ subject: `/CN=${host}`, issuer: inner, extensions: server(host) });
  return {
    root,
    outer,
    inner,
    leaf,
    stranger: openssl.issue({ subject: '/CN=Stranger', extensions: authority }),
  };
}

/** What is served of that chain: the root is not sent. */
export const fullChain = [`CN=${host}`, 'CN=Inner', 'CN=Outer'];

type Result = ReturnType<typeof readCertificate>;

export function accepted(result: Result): CertificateReading {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The findings in short; every one must be at the path that was given. */
export function codes(result: Result): string[] {
  const findings = result.ok ? result.value.findings : result.error;
  for (const finding of findings) expect(finding.path).toEqual(path);
  return findings.map((finding) => `${finding.severity} ${finding.code}`);
}

export function subjects(reading: CertificateReading): string[] {
  return reading.material.chain.map((text) => new X509Certificate(text).subject);
}
