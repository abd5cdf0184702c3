import type { Finding } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { AuthorityMaterial, CertificateFacts } from '../model/certificate-material.ts';
import { findAnchored } from './anchors.ts';
import { parseCertificate, type ReadCertificate, showDay, showName } from './facts.ts';
import { recogniseFormat } from './mistaken-format.ts';
import { fileSizeLimit, type NamedFile, type Problem, shellWord } from './named-file.ts';
import { scanPem } from './pem.ts';

export interface AuthorityReading {
  readonly material: AuthorityMaterial;
  readonly findings: readonly Finding[];
}

/** A hospital trusts a root and an intermediate or two; more than this is a bundle made for browsers. */
const smallBundle = 20;

/** The bundles of the large browsers hold 150 to 400. */
const bundleLimit = 500;

/**
 * Reads a bundle of authorities: PEM, or a single certificate in DER. Duplicates are dropped, anything that is not a
 * certificate is passed over. Never throws for bad input.
 *
 * @param options.now milliseconds since 1970
 */
export function readAuthorities(
  file: NamedFile,
  options: { readonly now: number; readonly path: Path },
): Result<AuthorityReading, readonly Finding[]> {
  const withPath = (problem: Problem): Finding => ({ ...problem, path: options.path });
  const read = file.bytes.byteLength > fileSizeLimit ? err(refuseSize(file)) : readBundle(file);
  if (!read.ok) return err([withPath(read.error)]);
  const certificates = read.value;
  const facts = certificates.map((certificate) => certificate.facts);
  const findings = judgeBundle(file, certificates, options.now).map(withPath);
  if (findings.some((finding) => finding.severity === 'error')) return err(findings);
  return ok({ material: { certificates: certificates.map(({ x509 }) => x509.toString()), facts }, findings });
}

function readBundle(file: NamedFile): Result<ReadCertificate[], Problem> {
  const { blocks, damaged } = scanPem(file.bytes);
  if (blocks.length === 0 && damaged.length === 0) {
    const single = parseCertificate(file.bytes);
    if (single !== undefined) return ok([single]);
    const format = recogniseFormat(file);
    return err(unreadable(`${file.name} ${format.is}`, format.mend));
  }
  const found = new Map<string, ReadCertificate>();
  let broken = damaged.length;
  for (const block of blocks) {
    if (block.label !== 'CERTIFICATE' && block.label !== 'X509 CERTIFICATE') continue;
    const certificate = parseCertificate(block.der);
    if (certificate === undefined) broken += 1;
    else if (!found.has(certificate.facts.fingerprint)) found.set(certificate.facts.fingerprint, certificate);
  }
  if (broken > 0) {
    return err(
      unreadable(
        `${broken === 1 ? 'a block' : `${broken} blocks`} in ${file.name} is damaged`,
        'copy the file again from where it was made, every line from BEGIN to END',
      ),
    );
  }
  if (found.size > bundleLimit) {
    const mend = 'keep only the authorities that issue the certificates of your servers';
    return err(unreadable(`${file.name} holds more than ${bundleLimit} certificates`, mend));
  }
  if (found.size > 0) return ok([...found.values()]);
  const mend = blocks.some((block) => block.label === 'PKCS7')
    ? `convert it: \`openssl pkcs7 -print_certs -in ${shellWord(file.name)} -out authorities.pem\``
    : 'give the PEM file with the certificate of the authority';
  return err(unreadable(`${file.name} holds no certificate`, mend));
}

function judgeBundle(file: NamedFile, bundle: readonly ReadCertificate[], now: number): Problem[] {
  const expired = bundle.filter(({ facts }) => now > facts.notAfter);
  const problems: Problem[] = expired.map(({ facts }) => ({
    code: 'authority-expired',
    severity: expired.length === bundle.length ? 'error' : 'warning',
    what: `${showName(facts.subject)} in ${file.name} was valid until ${showDay(facts.notAfter)}`,
    why: 'a server whose certificate it issued cannot be verified',
    mend: 'replace it by its successor, or remove it',
  }));
  const anchored = findAnchored(bundle);
  for (const certificate of bundle) {
    const { facts } = certificate;
    if (!facts.certificateAuthority) problems.push(reportNotAuthority(file, facts));
    else if (anchored.size > 0 && !anchored.has(certificate)) {
      problems.push(
        reportWithoutRoot(
          'warning',
          `${showName(facts.subject)} in ${file.name} is no root, and its root is missing`,
        ),
      );
    }
  }
  if (anchored.size === 0)
    problems.push(reportWithoutRoot('error', `${file.name} holds no root (self-signed) certificate`));
  if (bundle.length > smallBundle) problems.push(reportCost(file, bundle.length));
  return problems;
}

function reportWithoutRoot(severity: 'error' | 'warning', what: string): Problem {
  return {
    code: 'authority-without-root',
    severity,
    what,
    why: 'HAProxy verifies up to a root only and does not stop at an intermediate, so no server can be verified by it',
    mend: 'add the certificate of the root to the file',
  };
}

/** A pinned self-signed certificate is a legal way to trust one server, so this is never more than a warning. */
function reportNotAuthority(file: NamedFile, facts: CertificateFacts): Problem {
  return {
    code: 'authority-not-ca',
    severity: 'warning',
    what: `${showName(facts.subject)} in ${file.name} is not a certificate authority`,
    why: facts.selfSigned
      ? 'it vouches for the one server that holds it, and for no other'
      : 'it can vouch for nobody, and without its issuer not even for itself',
    mend: 'give the certificate of the authority that issued the certificates of the servers',
  };
}

function reportCost(file: NamedFile, count: number): Problem {
  return {
    code: 'authority-bundle-costly',
    severity: 'advice',
    what: `${file.name} holds ${count} certificates`,
    why: "each server keeps its own copy: a system's bundle on 400 servers takes 40 MiB and loads 4 times slower; and each authority in it could vouch for a false server",
    mend: 'keep only the authorities that issue the certificates of your servers',
  };
}

function refuseSize(file: NamedFile): Problem {
  return unreadable(`${file.name} is larger than 1 MiB`, 'check that it is the right file');
}

function unreadable(what: string, mend: string): Problem {
  return { code: 'authority-unreadable', severity: 'error', what, mend };
}
