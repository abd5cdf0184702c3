import type { Secret } from '../kernel/secret.ts';

/** What a certificate says about itself. Public; safe to show. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  /** DNS names of the subject alternative names, in lower case; wildcards as written. */
  readonly dnsNames: readonly string[];
  /** IP addresses of the subject alternative names, canonical. */
  readonly addresses: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  readonly key: KeyFacts;
  /** For example `ecdsa-with-SHA256`, `sha256WithRSAEncryption`. */
  readonly signatureAlgorithm: string;
  readonly selfSigned: boolean;
  readonly certificateAuthority: boolean;
  /** False when the extended key usage is limited and server authentication is not in it. */
  readonly forServers: boolean;
  /** SHA-256 of the DER form, lower-case hexadecimal. */
  readonly fingerprint: string;
}

export type KeyFacts =
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'ec'; readonly curve: string }
  | { readonly kind: 'other'; readonly name: string };

/** A certificate ready to serve: the chain in order, the key that belongs to it, and what is known about it. */
export interface CertificateMaterial {
  /** PEM blocks: the certificate first, then each issuer; a self-signed root is left out unless it is the certificate itself. */
  readonly chain: readonly string[];
  /** The private key as unencrypted PKCS#8 PEM. */
  readonly key: Secret;
  /** Facts of the certificate itself. */
  readonly facts: CertificateFacts;
  /** Facts of the rest of the chain, in order. */
  readonly issuers: readonly CertificateFacts[];
}

/** A bundle of authorities ready to verify servers with. */
export interface AuthorityMaterial {
  /** PEM blocks, in the order of the file, without duplicates. */
  readonly certificates: readonly string[];
  readonly facts: readonly CertificateFacts[];
}
