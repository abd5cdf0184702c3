import type { FileContent } from '../declaration/files.ts';
import { sound } from '../declaration/rules/rule.ts';
import { Failure } from '../kernel/failure.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { StoredDeclaration } from '../store/revision.ts';
import type { Accepted } from './desired.ts';

/** What takes the place of the files of a certificate; absent files stay as they are. */
export interface NewCertificate {
  /** As in `certificates` of the declaration. */
  readonly name: string;
  /** For `pem`, `certificate` or `pfx`. */
  readonly file: FileContent;
  /** For `key`. */
  readonly key?: FileContent;
  /** For `passwordFile`. */
  readonly password?: FileContent;
}

/** The declaration in service with other bytes behind the names of one certificate. */
export function replaceCertificate(
  { draft, declaration }: Accepted,
  { name, file, key, password }: NewCertificate,
): Result<StoredDeclaration, Failure> {
  const known = [...sound(draft.certificates)];
  const source = known.find((one) => one.name === name)?.value;
  if (source === undefined) {
    const names = known.map((one) => one.name).join(', ');
    return err(new Failure('unknown-certificate', `there is no certificate ${JSON.stringify(name)}`, `there are: ${names}`));
  }
  const [first, second] = source.kind === 'pfx' ? [source.file] : source.files;
  const files = new Map(declaration.files);
  if (first !== undefined) files.set(first, file);
  const mismatch = (option: string, parameter: string) =>
    err(
      new Failure(
        'bad-request',
        `the certificate ${name} has no \`${parameter}\` in the declaration`,
        `leave ${option} out, or change the declaration and apply it`,
      ),
    );
  if (key !== undefined) {
    if (second === undefined) return mismatch('--key', 'key');
    files.set(second, key);
  }
  if (password !== undefined) {
    if (source.passwordFile === undefined) return mismatch('--password-file', 'passwordFile');
    files.set(source.passwordFile, password);
  }
  return ok({ ...declaration, files });
}
