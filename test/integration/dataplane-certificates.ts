import { generateKeyPairSync, randomBytes } from 'node:crypto';
import forge from 'node-forge';

export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface Wish {
  readonly name: string;
  readonly covers?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
  /** Absent: signed by itself. */
  readonly issuer?: Issued;
}

const day = 86_400_000;

/** Makes a synthetic certificate; an authority when it covers nothing. */
export function issue({ name, covers, from = -2, until = 30, issuer }: Wish): Issued {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() + from * day);
  certificate.validity.notAfter = new Date(Date.now() + until * day);
  certificate.setSubject([{ name: 'commonName', value: name }]);
  certificate.setIssuer(
    issuer === undefined
      ? certificate.subject.attributes
      : forge.pki.certificateFromPem(issuer.certificate).subject.attributes,
  );
  certificate.setExtensions(
    covers === undefined
      ? [
          { name: 'basicConstraints', cA: true, critical: true },
          { name: 'keyUsage', keyCertSign: true, critical: true },
        ]
      : [
          { name: 'subjectAltName', altNames: covers.map((value) => ({ type: 2, value })) },
          { name: 'extKeyUsage', serverAuth: true },
        ],
  );
  certificate.sign(forge.pki.privateKeyFromPem(issuer?.key ?? pair.privateKey), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key: pair.privateKey };
}
