import { isIssuedBy, type ReadCertificate } from './facts.ts';

export interface Chain {
  readonly leaf: ReadCertificate;
  /** Each issued the one before it, the first the leaf. Without the root. */
  readonly issuers: readonly ReadCertificate[];
  /** True when a self-signed root that issued part of the chain is in the file: then nothing is missing. */
  readonly rooted: boolean;
  /** What belongs nowhere in the chain. */
  readonly foreign: readonly ReadCertificate[];
}

/** Longer chains do not exist in practice, and clients stop at about ten. */
const depthLimit = 10;

/**
 * Puts certificates into the order in which a server sends them, by who really issued whom: names and signatures,
 * never the order of the file. Where several could be the issuer (a renewed or cross-signed authority), one that
 * is not a root is taken, because a client that trusts the root stops there anyway; then the one valid longest.
 */
export function orderChain(leaf: ReadCertificate, others: readonly ReadCertificate[]): Chain {
  const issuers: ReadCertificate[] = [];
  const roots = new Set<ReadCertificate>();
  let current = leaf;
  while (!current.facts.selfSigned && issuers.length < depthLimit) {
    const certificate = current;
    const candidates = others.filter(
      (other) =>
        (other.facts.certificateAuthority || other.facts.selfSigned) &&
        !issuers.includes(other) &&
        isIssuedBy(certificate.x509, other.x509),
    );
    for (const candidate of candidates) if (candidate.facts.selfSigned) roots.add(candidate);
    const next = candidates
      .filter((candidate) => !candidate.facts.selfSigned)
      .sort((a, b) => b.facts.notAfter - a.facts.notAfter)[0];
    if (next === undefined) break;
    issuers.push(next);
    current = next;
  }
  return {
    leaf,
    issuers,
    rooted: leaf.facts.selfSigned || roots.size > 0,
    foreign: others.filter((other) => !issuers.includes(other) && !roots.has(other)),
  };
}
