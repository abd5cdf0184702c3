import type { KeyObject } from 'node:crypto';
import type { Secret } from '../kernel/secret.ts';
import { parseCertificate, type ReadCertificate } from './facts.ts';
import { recogniseFormat } from './mistaken-format.ts';
import { fileSizeLimit, type NamedFile, type Problem, shellWord } from './named-file.ts';
import { scanPem } from './pem.ts';
import { readPfx } from './pfx.ts';
import { isPrivateKeyBlock, readPrivateKey } from './private-key.ts';

/** The bytes behind a certificate entry of the declaration. */
export type CertificateFiles =
  | { readonly kind: 'pem'; readonly files: readonly NamedFile[] }
  | { readonly kind: 'pfx'; readonly file: NamedFile };

/** A chain has three or four certificates; a file with more than this is a bundle of authorities. */
const certificateLimit = 50;

/** One key belongs in a file. Two are a mistake worth reporting; after this many the rest is not even decrypted. */
const keyLimit = 5;

/** Certificates and keys as they were found, in no particular order, with duplicates. */
export interface CertificateParts {
  readonly certificates: ReadCertificate[];
  readonly keys: KeyObject[];
  readonly problems: Problem[];
}

/** Takes the files of a certificate apart; every problem of every file is reported. */
export function readParts(source: CertificateFiles, password: Secret | undefined): CertificateParts {
  const files = source.kind === 'pem' ? source.files : [source.file];
  const tooLarge = files.filter((file) => file.bytes.byteLength > fileSizeLimit);
  if (tooLarge.length > 0) return { certificates: [], keys: [], problems: tooLarge.map(refuseSize) };
  return source.kind === 'pem' ? readPemFiles(source.files, password) : readPfxFile(source.file, password);
}

function readPemFiles(files: readonly NamedFile[], password: Secret | undefined): CertificateParts {
  const parts: CertificateParts = { certificates: [], keys: [], problems: [] };
  for (const file of files) {
    const { blocks, damaged } = scanPem(file.bytes);
    if (blocks.length === 0 && damaged.length === 0) {
      const format = recogniseFormat(file);
      parts.problems.push(unreadable(`${file.name} ${format.is}`, format.mend));
      continue;
    }
    for (const label of new Set(damaged)) parts.problems.push(refuseBlock(file, label));
    const seen = new Set<string>();
    let kinds = 0;
    let keys = 0;
    for (const block of blocks) {
      if (block.label === 'CERTIFICATE' || block.label === 'X509 CERTIFICATE') {
        kinds += 1;
        // The same text again is common in glued files, and cheaper to skip than to parse.
        const text = block.der.toString('latin1');
        if (seen.has(text)) continue;
        seen.add(text);
        if (seen.size > certificateLimit) continue;
        const certificate = parseCertificate(block.der);
        if (certificate === undefined) parts.problems.push(refuseBlock(file, block.label));
        else parts.certificates.push(certificate);
      } else if (isPrivateKeyBlock(block)) {
        kinds += 1;
        keys += 1;
        if (keys > keyLimit) continue;
        const key = readPrivateKey(block, file, password);
        if (key.ok) parts.keys.push(key.value);
        else parts.problems.push(key.error);
      }
    }
    if (seen.size > certificateLimit) parts.problems.push(refuseBundle(file));
    if (kinds === 0 && damaged.length === 0)
      parts.problems.push(
        refuseLabels(
          file,
          blocks.map((b) => b.label),
        ),
      );
  }
  return parts;
}

function readPfxFile(file: NamedFile, password: Secret | undefined): CertificateParts {
  const parts: CertificateParts = { certificates: [], keys: [], problems: [] };
  if (scanPem(file.bytes).blocks.length > 0) {
    parts.problems.push(unreadable(`${file.name} is a PEM file`, 'name it with `pem` in place of `pfx`'));
    return parts;
  }
  const content = readPfx(file, password);
  if (!content.ok) {
    parts.problems.push(content.error);
    return parts;
  }
  parts.keys.push(...content.value.keys);
  if (content.value.certificates.length > certificateLimit) parts.problems.push(refuseBundle(file));
  else {
    for (const der of content.value.certificates) {
      const certificate = parseCertificate(der);
      if (certificate === undefined) parts.problems.push(refuseBlock(file, 'CERTIFICATE'));
      else parts.certificates.push(certificate);
    }
  }
  return parts;
}

export function unreadable(what: string, mend: string): Problem {
  return { code: 'certificate-unreadable', severity: 'error', what, mend };
}

function refuseSize(file: NamedFile): Problem {
  return unreadable(`${file.name} is larger than 1 MiB`, 'check that it is the right file');
}

function refuseBlock(file: NamedFile, label: string): Problem {
  return unreadable(
    `a block ${label} in ${file.name} is damaged`,
    'copy the file again from where it was made, every line from BEGIN to END',
  );
}

function refuseBundle(file: NamedFile): Problem {
  return unreadable(
    `${file.name} holds more than ${certificateLimit} certificates`,
    'keep the certificate and its intermediates only; this looks like a bundle of authorities',
  );
}

function refuseLabels(file: NamedFile, labels: readonly string[]): Problem {
  const name = shellWord(file.name);
  const what = `${file.name} holds neither a certificate nor a private key, only ${[...new Set(labels)].slice(0, 3).join(', ')}`;
  if (labels.includes('PKCS7')) {
    return unreadable(what, `convert it: \`openssl pkcs7 -print_certs -in ${name} -out chain.pem\``);
  }
  if (labels.some((label) => label.endsWith('CERTIFICATE REQUEST'))) {
    return unreadable(
      what,
      'send the request to the certification authority and use the certificate that comes back',
    );
  }
  if (labels.includes('TRUSTED CERTIFICATE')) {
    return unreadable(what, `convert it: \`openssl x509 -in ${name} -out certificate.pem\``);
  }
  return unreadable(what, 'give the PEM file with the certificate');
}
