import { Failure } from '../kernel/failure.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { CertificateSource } from '../model/certificate.ts';

/** New files of a certificate: paths, or contents. */
export interface NewFiles<T> {
  /** In the place of the file in `pem`, `certificate` or `pfx`. */
  readonly file: T;
  readonly key?: T | undefined;
  readonly password?: T | undefined;
}

/**
 * Which of the declared files the new ones take the place of, by the names in the declaration. The form of a
 * certificate stays as declared.
 * @returns Failure `bad-request` when what was given has another form
 */
export function replacedFiles<T>(
  name: string,
  source: CertificateSource,
  { file, key, password }: NewFiles<T>,
): Result<ReadonlyMap<string, T>, Failure> {
  const replaced = new Map<string, T>();
  const [first, second] = source.kind === 'pfx' ? [source.file] : source.files;
  if (first !== undefined) replaced.set(first, file);
  if (second !== undefined) {
    if (key === undefined) {
      return refuse(`${name} is declared with its key in a file of its own`, 'give the key too, with --key');
    }
    replaced.set(second, key);
  } else if (key !== undefined) {
    const mend = 'give one file with the certificate, its intermediates and its key, without --key';
    return refuse(`${name} is declared as one file that holds its key too`, mend);
  }
  if (password !== undefined) {
    if (source.passwordFile === undefined) {
      const mend = 'give files without a password, or declare `passwordFile` and apply that';
      return refuse(`${name} is declared without a password`, mend);
    }
    replaced.set(source.passwordFile, password);
  }
  return ok(replaced);
}

function refuse(what: string, mend: string) {
  return err(new Failure('bad-request', what, mend));
}
