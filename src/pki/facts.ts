import { X509Certificate } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { CertificateFacts, KeyFacts } from '../model/certificate-material.ts';

/** A certificate with what was read out of it once. */
export interface ReadCertificate {
  readonly x509: X509Certificate;
  readonly facts: CertificateFacts;
}

const serverAuthentication = '1.3.6.1.5.5.7.3.1';

const curveNames: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/** Reads a certificate from its DER form; undefined when it is not one. Never throws. */
export function parseCertificate(der: Uint8Array): ReadCertificate | undefined {
  try {
    const x509 = new X509Certificate(der);
    const facts = readFacts(x509);
    return Number.isNaN(facts.notBefore) || Number.isNaN(facts.notAfter) ? undefined : { x509, facts };
  } catch {
    return undefined;
  }
}

/** True when the name and the signature say that `issuer` issued `certificate`. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // The key of the issuer is of a kind that cannot verify anything.
    return false;
  }
}

/** One line for people: subject, issuer, end of validity, key. */
export function describeCertificate(facts: CertificateFacts): string {
  const issuer = facts.selfSigned ? 'self-signed' : `issued by ${showName(facts.issuer)}`;
  return `${showName(facts.subject)} (${issuer}, valid until ${showDay(facts.notAfter)}, ${describeKey(facts.key)})`;
}

export function describeKey(key: KeyFacts): string {
  switch (key.kind) {
    case 'rsa':
      return `RSA-${key.bits}`;
    case 'ec':
      return `ECDSA ${key.curve}`;
    case 'other':
      return key.name;
  }
}

/** A distinguished name fit for a message: one line, no invisible characters, not longer than a line. */
export function showName(name: string): string {
  const visible = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  if (visible === '') return '(no name)';
  return visible.length > 160 ? `${visible.slice(0, 160)}...` : visible;
}

/** The day in UTC, such as `2027-01-31`. */
export function showDay(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

function readFacts(x509: X509Certificate): CertificateFacts {
  const names = readAlternativeNames(x509.subjectAltName);
  const usages: readonly string[] | undefined = x509.keyUsage;
  return {
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    serialNumber: x509.serialNumber,
    dnsNames: names.dns,
    addresses: names.addresses,
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    key: readKey(x509),
    signatureAlgorithm: x509.signatureAlgorithm ?? 'unknown',
    selfSigned: x509.subject === x509.issuer && isIssuedBy(x509, x509),
    certificateAuthority: x509.ca,
    forServers: usages === undefined || usages.includes(serverAuthentication),
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** The parts of a name come one on a line; within a part, line ends are escaped. */
function oneLine(name: string | undefined): string {
  return (name ?? '').trimEnd().split('\n').join(', ');
}

function readKey(x509: X509Certificate): KeyFacts {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey;
    if (type === 'rsa') return { kind: 'rsa', bits: details?.modulusLength ?? 0 };
    if (type === 'ec') {
      const curve = details?.namedCurve ?? 'unnamed curve';
      return { kind: 'ec', curve: curveNames[curve] ?? curve };
    }
    return { kind: 'other', name: type ?? 'unknown' };
  } catch {
    return { kind: 'other', name: 'unknown' };
  }
}

/**
 * Takes text such as `DNS:a.example, IP Address:10.0.0.1` apart. Node writes a value that holds a comma or a quote as a
 * JSON string with the comma escaped, so a comma always separates; no such value is a host name, and it is passed over.
 */
function readAlternativeNames(text: string | undefined): { dns: string[]; addresses: string[] } {
  const dns: string[] = [];
  const addresses: string[] = [];
  for (const name of (text ?? '').split(', ')) {
    if (/^DNS:[A-Za-z0-9._*-]+$/.test(name)) dns.push(name.slice('DNS:'.length).toLowerCase());
    else if (name.startsWith('IP Address:')) {
      const address = name.slice('IP Address:'.length);
      if (ipaddr.isValid(address)) addresses.push(canonicalAddress(address));
    }
  }
  return { dns, addresses };
}

function canonicalAddress(text: string): string {
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}
