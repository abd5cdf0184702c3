import type { CertificateFacts } from '../model/certificate-material.ts';

/**
 * Tells whether clients accept the certificate for a host name (RFC 6125): one of its DNS names equals it, or is a
 * wildcard whose `*` stands for exactly the left-most label. Only a whole label may be a wildcard, and not right
 * below a top-level domain. The common name counts for nothing: no current client looks at it.
 *
 * @param hostname in any case, without a trailing dot
 */
export function coversHostname(facts: Pick<CertificateFacts, 'dnsNames'>, hostname: string): boolean {
  const wanted = hostname.toLowerCase();
  const dot = wanted.indexOf('.');
  const parent = dot > 0 ? wanted.slice(dot) : undefined;
  return facts.dnsNames.some(
    (name) =>
      name === wanted || (parent !== undefined && parent.lastIndexOf('.') > 0 && name === `*${parent}`),
  );
}
