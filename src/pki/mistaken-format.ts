import { createPrivateKey } from 'node:crypto';
import { parseCertificate } from './facts.ts';
import { type NamedFile, shellWord } from './named-file.ts';

/** What a file without any PEM block turns out to be, and the way to PEM from there. */
export interface MistakenFormat {
  readonly is: string;
  readonly mend: string;
}

/** 1.2.840.113549.1.7.2 (signedData), the beginning of every P7B file. */
const signedData = Buffer.from('06092a864886f70d010702', 'hex');

/** Recognises the forms in which certification authorities and Windows hand out certificates. */
export function recogniseFormat(file: NamedFile): MistakenFormat {
  const bytes = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  const name = shellWord(file.name);
  if (bytes.length === 0) return { is: 'is empty', mend: 'copy the file again from where it was made' };
  if (bytes[0] === 0x30) {
    if (bytes.subarray(0, 32).includes(signedData)) {
      return {
        is: 'is a P7B (PKCS#7) file in binary form',
        mend: `convert it: \`openssl pkcs7 -inform DER -print_certs -in ${name} -out chain.pem\``,
      };
    }
    if (isPfx(bytes)) {
      return {
        is: 'is a PKCS#12 (PFX) file',
        mend: 'name it with `pfx` in place of `pem`, `certificate` or `key`',
      };
    }
    if (parseCertificate(bytes) !== undefined) {
      return {
        is: 'is a certificate in binary (DER) form',
        mend: `convert it: \`openssl x509 -inform DER -in ${name} -out certificate.pem\``,
      };
    }
    if (isKey(bytes)) {
      return {
        is: 'is a private key in binary (DER) form',
        mend: `convert it: \`openssl pkey -inform DER -in ${name} -out key.pem\``,
      };
    }
  }
  return {
    is: 'holds no PEM block',
    mend: 'give a PEM file: it has lines such as `-----BEGIN CERTIFICATE-----`',
  };
}

/** A PKCS#12 file is a sequence that begins with the number 3. */
function isPfx(bytes: Buffer): boolean {
  const length = bytes[1] ?? 0;
  const content = length > 0x80 ? 2 + (length & 0x7f) : 2;
  return bytes[content] === 0x02 && bytes[content + 1] === 1 && bytes[content + 2] === 3;
}

function isKey(bytes: Buffer): boolean {
  return (['pkcs8', 'pkcs1', 'sec1'] as const).some((type) => {
    try {
      createPrivateKey({ key: bytes, format: 'der', type });
      return true;
    } catch {
      return false;
    }
  });
}
