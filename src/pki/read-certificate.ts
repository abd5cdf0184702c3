import type { KeyObject } from 'node:crypto';
import type { Finding } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { Secret } from '../kernel/secret.ts';
import { someOf } from '../kernel/some-of.ts';
import type { AuthorityMaterial, CertificateMaterial } from '../model/certificate-material.ts';
import { type CertificateFiles, type CertificateParts, readParts, unreadable } from './certificate-parts.ts';
import { orderChain } from './chain.ts';
import { judgeCompleteness } from './chain-completeness.ts';
import { describeCertificate, type ReadCertificate, showName } from './facts.ts';
import type { NamedFile, Problem } from './named-file.ts';

export interface CertificateReading {
  readonly material: CertificateMaterial;
  /** Warnings that do not depend on time or host names; for those see `judgeCertificate`. */
  readonly findings: readonly Finding[];
}

/**
 * Reads a certificate, its chain and its private key, and puts the chain in order. The certificate is the one whose
 * public key matches the private key; if several do, the one valid longest. Never throws for bad input.
 *
 * @param options.authorities what is known of authorities besides the files; used to tell whether the chain is complete
 * @param options.path where in the declaration findings belong
 */
export function readCertificate(
  source: CertificateFiles,
  password: Secret | undefined,
  options: { readonly path: Path; readonly authorities?: readonly AuthorityMaterial[] },
): Result<CertificateReading, readonly Finding[]> {
  const withPath = (problem: Problem): Finding => ({ ...problem, path: options.path });
  const files = source.kind === 'pem' ? source.files : [source.file];
  const parts = readParts(source, password);
  const result =
    parts.problems.length > 0 ? err(parts.problems) : assemble(parts, files, options.authorities ?? []);
  if (!result.ok) return err(result.error.map(withPath));
  return ok({ material: result.value.material, findings: result.value.problems.map(withPath) });
}

function assemble(
  parts: CertificateParts,
  files: readonly NamedFile[],
  authorities: readonly AuthorityMaterial[],
): Result<{ material: CertificateMaterial; problems: Problem[] }, Problem[]> {
  const names = files.map((file) => file.name).join(' and ');
  const certificates = [...new Map(parts.certificates.map((one) => [one.facts.fingerprint, one])).values()];
  const [first] = certificates;
  const keys = parts.keys.filter(
    (key, index) => parts.keys.findIndex((other) => other.equals(key)) === index,
  );
  const [key, ...otherKeys] = keys;
  const problems: Problem[] = [];
  if (first === undefined)
    problems.push(unreadable(`${names}: no certificate in it`, 'add the certificate as PEM'));
  if (key === undefined) problems.push(refuseNoKey(names));
  if (otherKeys.length > 0) problems.push(refuseSeveralKeys(names, keys.length));
  if (first === undefined || key === undefined || otherKeys.length > 0) return err(problems);

  const matching = certificates.filter((certificate) => matches(certificate, key));
  const leaf = matching.sort((a, b) => b.facts.notAfter - a.facts.notAfter)[0];
  if (leaf === undefined) return err([refuseMismatch(names, first)]);

  const chain = orderChain(
    leaf,
    certificates.filter((certificate) => certificate !== leaf),
  );
  if (chain.foreign.length > 0) problems.push(reportForeign(names, chain.foreign));
  const incomplete = judgeCompleteness(chain, authorities);
  if (incomplete?.severity === 'error') return err([incomplete, ...problems]);
  if (incomplete !== undefined) problems.push(incomplete);
  const material: CertificateMaterial = {
    chain: [leaf, ...chain.issuers].map((certificate) => certificate.x509.toString()),
    key: new Secret(key.export({ format: 'pem', type: 'pkcs8' }).toString()),
    facts: leaf.facts,
    issuers: chain.issuers.map((issuer) => issuer.facts),
  };
  return ok({ material, problems });
}

function matches(certificate: ReadCertificate, key: KeyObject): boolean {
  try {
    return certificate.x509.checkPrivateKey(key);
  } catch {
    return false;
  }
}

function refuseNoKey(names: string): Problem {
  return {
    code: 'certificate-no-key',
    severity: 'error',
    what: `${names}: no private key in it`,
    mend: 'add the private key to the file, or name its file with `key`; a PFX must be exported with its private key',
  };
}

function refuseSeveralKeys(names: string, count: number): Problem {
  return {
    code: 'certificate-several-keys',
    severity: 'error',
    what: `${names}: ${count} different private keys in it`,
    why: 'it is not clear which of them is meant',
    mend: 'keep the one that belongs to the certificate',
  };
}

function refuseMismatch(names: string, certificate: ReadCertificate): Problem {
  return {
    code: 'certificate-key-mismatch',
    severity: 'error',
    what: `${names}: the private key belongs to no certificate in it, such as ${describeCertificate(certificate.facts)}`,
    mend: 'give the key with which this certificate was requested, or request a new certificate with this key',
  };
}

function reportForeign(names: string, foreign: readonly ReadCertificate[]): Problem {
  const shown = foreign.map((certificate) => showName(certificate.facts.subject));
  return {
    code: 'certificate-chain-foreign',
    severity: 'warning',
    what: `${names}: not part of the chain and left out: ${someOf(shown, 3)}`,
    mend: 'remove them from the file, or check that the right intermediates are in it',
  };
}
