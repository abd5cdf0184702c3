import { z } from 'zod';
import { FilePath } from './text.ts';

/** Where the bytes of a certificate and its private key come from. */
export type CertificateSource =
  | { readonly kind: 'pem'; readonly files: readonly string[]; readonly passwordFile?: string }
  | { readonly kind: 'pfx'; readonly file: string; readonly passwordFile?: string };

const oneOf = 'write either `pem`, or `certificate` with `key`, or `pfx`';

export const CertificateSource = z
  .strictObject({
    pem: FilePath.optional().meta({
      description: 'One PEM file with the certificate, its intermediates and its private key, in any order.',
    }),
    certificate: FilePath.optional().meta({
      description: 'A PEM file with the certificate and its intermediates, in any order. Needs `key`.',
    }),
    key: FilePath.optional().meta({ description: 'A PEM file with the private key. Needs `certificate`.' }),
    pfx: FilePath.optional().meta({ description: 'A PKCS#12 file (.pfx, .p12), as Windows exports it.' }),
    passwordFile: FilePath.optional().meta({
      description: 'A file whose first line is the password of the private key or of the PFX file.',
    }),
  })
  .transform((input, context): CertificateSource => {
    const { pem, certificate, key, pfx, passwordFile } = input;
    const password = passwordFile === undefined ? {} : { passwordFile };
    if (pem !== undefined && certificate === undefined && key === undefined && pfx === undefined) {
      return { kind: 'pem', files: [pem], ...password };
    }
    if (certificate !== undefined && key !== undefined && pem === undefined && pfx === undefined) {
      return { kind: 'pem', files: [certificate, key], ...password };
    }
    if (pfx !== undefined && pem === undefined && certificate === undefined && key === undefined) {
      return { kind: 'pfx', file: pfx, ...password };
    }
    context.issues.push({ code: 'custom', message: `is not one certificate with its key: ${oneOf}`, input });
    return z.NEVER;
  })
  .meta({ description: `A certificate with its private key: ${oneOf}.` });
