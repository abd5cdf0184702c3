import type { FileContent } from '../declaration/files.ts';
import { type NewFiles, replacedFiles } from '../declaration/replaced-files.ts';
import { sound } from '../declaration/rules/rule.ts';
import { Failure } from '../kernel/failure.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { StoredDeclaration } from '../store/revision.ts';
import type { Accepted } from './desired.ts';

/**
 * The declaration in service with other bytes behind the names of one certificate.
 * @param name as in `certificates` of the declaration
 * @returns Failure `unknown-certificate`, or `bad-request` when what was given has another form than declared
 */
export function replaceCertificate(
  { draft, declaration }: Accepted,
  name: string,
  given: NewFiles<FileContent>,
): Result<StoredDeclaration, Failure> {
  const known = [...sound(draft.certificates)];
  const source = known.find((one) => one.name === name)?.value;
  if (source === undefined) {
    const names = known.map((one) => one.name).join(', ');
    const what = `there is no certificate ${JSON.stringify(name)}`;
    return err(new Failure('unknown-certificate', what, `use one of: ${names}`));
  }
  const replaced = replacedFiles(name, source, given);
  if (!replaced.ok) return replaced;
  return ok({ ...declaration, files: new Map([...declaration.files, ...replaced.value]) });
}
