import type { AuthorityMaterial } from '../model/certificate-material.ts';
import type { Chain } from './chain.ts';
import { isIssuedBy, parseCertificate, type ReadCertificate, showName } from './facts.ts';
import type { Problem } from './named-file.ts';

/**
 * Tells whether an intermediate certificate is missing. A file alone cannot always show it: whether the issuer of
 * the last certificate is a root that clients hold (then nothing is missing) or an intermediate (then it is) stands
 * in the issuer's certificate, which is not there. The rule, first match wins:
 *
 * 1. A self-signed root in the file issued part of the chain, or the certificate is self-signed: complete.
 * 2. The issuer is a root among the known authorities: complete.
 * 3. The issuer is among the known authorities and is not a root: **error**, it is an intermediate and is missing.
 * 4. The certificate stands alone and says where to fetch its issuer by http and nowhere else: **error**. So do the
 *    public authorities, who may not issue from a root. Microsoft's internal ones name the directory (ldap) as well.
 * 5. The certificate stands alone otherwise: **warning**, its issuer may be a root that all clients hold.
 * 6. There are intermediates, the chain ends without a root, and the file holds other authorities that do not connect to it:
 *    **warning**, for the link between them is probably missing.
 * 7. There are intermediates and nothing is left over: complete, because this is how chains are handed out.
 *
 * Where the rule is too strict, adding the root to the file satisfies it: a root is never sent to clients.
 */
export function judgeCompleteness(
  chain: Chain,
  authorities: readonly AuthorityMaterial[],
): Problem | undefined {
  if (chain.rooted) return undefined;
  const last = chain.issuers.at(-1) ?? chain.leaf;
  const known = findIssuer(last, authorities);
  if (known === 'root') return undefined;
  if (known === 'intermediate') return missing(last, 'error', 'it is an intermediate, not a root');
  if (chain.issuers.length === 0) {
    const proved = issuedThePublicWay(last);
    return missing(
      last,
      proved ? 'error' : 'warning',
      proved ? undefined : 'if it is an intermediate, clients that do not hold it refuse the connection',
    );
  }
  const gap = chain.foreign.some((certificate) => certificate.facts.certificateAuthority);
  return gap
    ? missing(last, 'warning', 'the file holds other authorities that do not connect to it')
    : undefined;
}

function missing(last: ReadCertificate, severity: 'error' | 'warning', reason: string | undefined): Problem {
  const from = fetchAddress(last);
  return {
    code: 'certificate-chain-incomplete',
    severity,
    what: `the issuer ${showName(last.facts.issuer)} of ${showName(last.facts.subject)} is not in the file`,
    why: reason ?? 'clients that do not fetch it themselves refuse the connection',
    mend: `add the certificate of the issuer${from === undefined ? '' : ` (from ${from})`}; if it is the root, add it too: that shows the chain is complete, and a root is not sent`,
  };
}

function findIssuer(
  certificate: ReadCertificate,
  authorities: readonly AuthorityMaterial[],
): 'root' | 'intermediate' | undefined {
  let found: 'intermediate' | undefined;
  for (const { certificates, facts } of authorities) {
    for (const [index, authority] of facts.entries()) {
      // Names first: parsing every authority again for every certificate would be dear.
      if (authority.subject !== certificate.facts.issuer) continue;
      const parsed = parseCertificate(Buffer.from(certificates[index] ?? ''));
      if (parsed === undefined || !isIssuedBy(certificate.x509, parsed.x509)) continue;
      if (authority.selfSigned) return 'root';
      found = 'intermediate';
    }
  }
  return found;
}

function issuerAddresses(certificate: ReadCertificate): string[] {
  const text: string | undefined = certificate.x509.infoAccess;
  return [...(text ?? '').matchAll(/^CA Issuers - URI:"?(.+)$/gm)].map(([, address]) => address ?? '');
}

function issuedThePublicWay(certificate: ReadCertificate): boolean {
  const addresses = issuerAddresses(certificate);
  return addresses.length > 0 && addresses.every((address) => /^https?:/i.test(address));
}

function fetchAddress(certificate: ReadCertificate): string | undefined {
  return issuerAddresses(certificate).find((address) =>
    /^https?:\/\/[A-Za-z0-9./_~%:-]{1,200}$/.test(address),
  );
}
