import { isAbsolute, resolve } from 'node:path';
import type { NamedKeys } from '../declaration/node-file.ts';
import { Failure } from '../kernel/failure.ts';
import type { NamedFile } from '../pki/named-file.ts';
import { type PairFilePaths, pairFiles } from '../pki/pair-files.ts';
import { type PairKeys, readPairKeys } from '../pki/pair-keys.ts';
import { readFiles } from './declaration-files.ts';

/**
 * Reads the keys that a node file names.
 * @param directory where the node file is
 * @param now milliseconds since 1970
 * @throws Failure with what is wrong with the keys
 */
export async function readNodeKeys(
  { node, keys }: NamedKeys,
  directory: string,
  now: number,
): Promise<PairKeys> {
  const at = (path: string) => (isAbsolute(path) ? path : resolve(directory, path));
  const paths: PairFilePaths = keys.kind === 'files' ? keys : pairFiles(keys.directory, node);
  const read = readPairKeys(
    {
      authority: await readOne(at(paths.authority), false),
      certificate: await readOne(at(paths.certificate), false),
      key: await readOne(at(paths.key), true),
    },
    now,
  );
  if (read.ok) return read.value;
  throw new Failure(read.error.code, read.error.what, read.error.mend);
}

/** A file that the node file names. @param secret others must not be able to read it @throws Failure */
export async function readOne(path: string, secret: boolean): Promise<NamedFile> {
  const content = (await readFiles([{ file: path, path: [], secret }], '/')).get(path);
  if (content?.kind !== 'read') {
    const what = `cannot read ${JSON.stringify(path)}: ${content?.reason ?? 'it was not read'}`;
    throw new Failure('file-unreadable', what, 'correct its path in the node file, or the permissions');
  }
  if (secret && content.othersCanRead) {
    throw new Failure('file-insecure', `${path} can be read by other users`, `run \`chmod 600 ${path}\``);
  }
  return { name: path, bytes: content.bytes };
}
