import { lstatSync, mkdirSync } from 'node:fs';
import { Failure } from '../kernel/failure.ts';

/**
 * Creates a directory that nobody else may change.
 * @throws Failure `state-unusable` when somebody else owns it or could write to it
 */
export function ownDirectory(directory: string, mode: number): void {
  const mend = `remove ${directory}, or choose another state directory`;
  try {
    mkdirSync(directory, { recursive: true, mode });
  } catch (cause) {
    throw new Failure('state-unusable', `the directory ${directory} cannot be created`, mend, { cause });
  }
  const found = lstatSync(directory);
  if (!found.isDirectory()) throw new Failure('state-unusable', `${directory} is not a directory`, mend);
  if (found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Failure(
      'state-unusable',
      `${directory} belongs to, or can be written by, another account`,
      mend,
    );
  }
}
