import ipaddr from 'ipaddr.js';
import forge from 'node-forge';
import type { Secret } from '../kernel/secret.ts';

/** A key pair as PEM: SPKI and PKCS#8. RSA, because node-forge signs with nothing else. */
export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: Secret;
}

/** Who vouches: its certificate as PEM, and its key. */
export interface Issuer {
  readonly certificate: string;
  readonly privateKey: Secret;
}

/** What a certificate is to say. */
export interface CertificateOrder {
  /** The common name. */
  readonly name: string;
  /** As PEM (SPKI). */
  readonly publicKey: string;
  /** Positive, hexadecimal; no authority may use one twice. */
  readonly serialNumber: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

/** A certificate of one machine or person. */
export interface LeafOrder extends CertificateOrder {
  /** Host names and addresses that it covers. */
  readonly covers: readonly string[];
  /** Whether it may be shown by who is called, and by who calls. */
  readonly uses: readonly ('server' | 'client')[];
}

/** An authority that vouches for itself, and for leaves only. @returns its certificate as PEM */
export function issueAuthority(order: Omit<CertificateOrder, 'publicKey'>, keys: KeyPair): string {
  const certificate = outline({ ...order, publicKey: keys.publicKey });
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  return sign(certificate, keys.privateKey);
}

/** A certificate by an authority. Same input, same certificate. @returns it as PEM */
export function issueLeaf(order: LeafOrder, issuer: Issuer): string {
  const authority = forge.pki.certificateFromPem(issuer.certificate);
  const certificate = outline(order);
  certificate.setIssuer(authority.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true },
    {
      name: 'extKeyUsage',
      serverAuth: order.uses.includes('server'),
      clientAuth: order.uses.includes('client'),
    },
    { name: 'subjectAltName', altNames: order.covers.map(alternativeName) },
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: authority.generateSubjectKeyIdentifier().getBytes(),
    },
  ]);
  return sign(certificate, issuer.privateKey);
}

function outline({ name, publicKey, serialNumber, notBefore, notAfter }: CertificateOrder) {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = serialNumber;
  certificate.validity.notBefore = new Date(notBefore);
  certificate.validity.notAfter = new Date(notAfter);
  certificate.setSubject([{ name: 'commonName', value: name }]);
  return certificate;
}

function alternativeName(name: string): object {
  return ipaddr.isValid(name) ? { type: 7, ip: name } : { type: 2, value: name };
}

function sign(certificate: forge.pki.Certificate, key: Secret): string {
  certificate.sign(forge.pki.privateKeyFromPem(key.reveal()), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
