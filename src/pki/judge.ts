import type { Finding } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import { someOf } from '../kernel/some-of.ts';
import type { CertificateFacts, CertificateMaterial } from '../model/certificate-material.ts';
import { cheapKey, timesText } from '../model/dear.ts';
import { describeKey, showDay, showName } from './facts.ts';
import { coversHostname } from './hostname-match.ts';
import { keyCost } from './key-cost.ts';
import type { Problem } from './named-file.ts';

const day = 24 * 60 * 60 * 1000;

/** How long before its end a certificate is reported, in days. */
const expiryNotice = 30;

const acceptedCurves: readonly string[] = ['P-256', 'P-384', 'P-521'];

/**
 * Judges a certificate that could be read: would clients accept it now, for these names, and at what price?
 *
 * @param options.now milliseconds since 1970
 * @param options.hostnames the names by which clients reach what the certificate is used for; may be empty
 */
export function judgeCertificate(
  material: CertificateMaterial,
  options: { readonly now: number; readonly hostnames: readonly string[]; readonly path: Path },
): readonly Finding[] {
  const { facts, issuers } = material;
  const problems = [
    ...[facts, ...issuers].flatMap((link) => [
      ...judgeValidity(link, options.now),
      ...judgeKey(link),
      ...judgeSignature(link),
    ]),
    ...judgeCost(facts),
    ...judgePurpose(facts),
    ...judgeHostnames(facts, options.hostnames),
  ];
  return problems.map((problem) => ({ ...problem, path: options.path }));
}

function judgeValidity(link: CertificateFacts, now: number): Problem[] {
  const name = showName(link.subject);
  if (now > link.notAfter) {
    return [
      {
        code: 'certificate-expired',
        severity: 'error',
        what: `${name} was valid until ${showDay(link.notAfter)}`,
        why: 'clients refuse the connection',
        mend: 'renew it and give the new file',
      },
    ];
  }
  if (now < link.notBefore) {
    return [
      {
        code: 'certificate-not-yet-valid',
        severity: 'error',
        what: `${name} is valid from ${showDay(link.notBefore)} only`,
        why: 'clients refuse the connection until then',
        mend: "check this machine's clock, or keep the previous certificate until then",
      },
    ];
  }
  const left = Math.floor((link.notAfter - now) / day);
  if (left >= expiryNotice) return [];
  return [
    {
      code: 'certificate-expires-soon',
      severity: 'warning',
      what: `${name} is valid until ${showDay(link.notAfter)}, ${left === 1 ? '1 day' : `${left} days`} more`,
      why: 'clients refuse the connection after that',
      mend: 'renew it in time',
    },
  ];
}

/**
 * RSA below 2,048 bits and curves other than the three of NIST are refused by clients, by SP 800-52r2, and (short RSA)
 * by OpenSSL itself. Ed25519, DSA and RSA-PSS keys are errors too: browsers and Windows cannot use them in
 * TLS, so most clients of a hospital would fail in the handshake.
 */
function judgeKey(link: CertificateFacts): Problem[] {
  const { key } = link;
  if (key.kind === 'rsa' && key.bits >= 2048) return [];
  if (key.kind === 'ec' && acceptedCurves.includes(key.curve)) return [];
  return [
    {
      code: 'certificate-weak-key',
      severity: 'error',
      what: `${showName(link.subject)} has a key of the kind ${describeKey(key)}`,
      why: 'clients, SP 800-52r2 or both do not accept it',
      mend: 'request a certificate with an ECDSA P-256 or RSA-2048 key',
    },
  ];
}

/** A self-signed certificate is trusted because it is held, not because of its signature, so that may be old. */
function judgeSignature(link: CertificateFacts): Problem[] {
  if (link.selfSigned || !/md2|md4|md5|sha-?1(?!\d)|ripemd/i.test(link.signatureAlgorithm)) return [];
  return [
    {
      code: 'certificate-weak-signature',
      severity: 'error',
      what: `${showName(link.subject)} is signed with ${link.signatureAlgorithm}`,
      why: 'clients do not accept it, and HAProxy may refuse to load it',
      mend: 'have it issued anew with SHA-256',
    },
  ];
}

function judgeCost({ subject, key }: CertificateFacts): Problem[] {
  const cost = keyCost(key);
  if (cost === undefined) return [];
  return [
    {
      code: 'certificate-costly-key',
      severity: 'advice',
      what: `${showName(subject)} has a key of the kind ${describeKey(key)}`,
      why: `measured with ${cost.measured}: a new connection costs ${timesText(cost)} the processor time of one with ${cost.than}; with ECDSA P-256 it costs ${timesText(cheapKey)}`,
      mend: 'request an ECDSA P-256 or RSA-2048 key at the next renewal',
    },
  ];
}

function judgePurpose(facts: CertificateFacts): Problem[] {
  if (!facts.forServers) {
    return [
      {
        code: 'certificate-not-for-servers',
        severity: 'error',
        what: `${showName(facts.subject)} is issued for other purposes than TLS servers`,
        why: 'clients refuse it',
        mend: 'have it issued with the extended key usage serverAuth (in AD CS the template `Web Server`)',
      },
    ];
  }
  if (!facts.certificateAuthority || facts.selfSigned) return [];
  return [
    {
      code: 'certificate-not-for-servers',
      severity: 'warning',
      what: `${showName(facts.subject)} is a certificate authority`,
      why: 'whoever takes its key from this machine can issue certificates for any name, and some clients refuse it',
      mend: 'have a server certificate issued by it, and keep the key of the authority elsewhere',
    },
  ];
}

function judgeHostnames(facts: CertificateFacts, hostnames: readonly string[]): Problem[] {
  const shown = someOf(facts.dnsNames.map(showName), 5);
  return [...new Set(hostnames)]
    .filter((hostname) => !coversHostname(facts, hostname))
    .map((hostname) => ({
      code: 'certificate-host-not-covered',
      severity: 'error',
      what: `${showName(facts.subject)} does not cover ${hostname}`,
      why:
        facts.dnsNames.length === 0
          ? 'it has no DNS name among its subject alternative names, and clients ignore the common name'
          : `it covers ${shown}; clients refuse any other name`,
      mend: `have a certificate issued with the DNS name ${hostname}, or choose another certificate`,
    }));
}
