import { isIssuedBy, type ReadCertificate } from './facts.ts';

/**
 * The certificates of a bundle from which a root in the same bundle can be reached, roots included. HAProxy verifies
 * a server up to a self-signed certificate and never stops at an intermediate, so the others vouch for nobody
 * (measured with HAProxy 2.6: the server stays unreachable).
 */
export function findAnchored(bundle: readonly ReadCertificate[]): ReadonlySet<ReadCertificate> {
  const anchored = new Set(bundle.filter((certificate) => certificate.facts.selfSigned));
  const bySubject = Map.groupBy(bundle, (certificate) => certificate.facts.subject);
  let waiting = bundle.filter((certificate) => !anchored.has(certificate));
  for (let before = -1; before !== waiting.length; ) {
    before = waiting.length;
    waiting = waiting.filter((certificate) => {
      const issuers = bySubject.get(certificate.facts.issuer) ?? [];
      const found = issuers.some(
        (issuer) => anchored.has(issuer) && isIssuedBy(certificate.x509, issuer.x509),
      );
      if (found) anchored.add(certificate);
      return !found;
    });
  }
  return anchored;
}
