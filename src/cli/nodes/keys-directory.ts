import { type NodeList, readNodeList } from '../../declaration/node-list.ts';
import { formatDiagnostic } from '../../kernel/diagnostic.ts';
import { Failure } from '../../kernel/failure.ts';
import type { NamedFile } from '../../pki/named-file.ts';
import { nodeListFile, operatorName, pairFiles } from '../../pki/pair-files.ts';
import { type PairKeys, readPairKeys } from '../../pki/pair-keys.ts';
import { othersCanRead, readIfThere } from './key-files.ts';

/** The keys by which the operator calls nodes. @throws Failure `file-unreadable`, and what is wrong with them */
export async function operatorKeys(directory: string, now: number): Promise<PairKeys> {
  const paths = pairFiles(directory, operatorName);
  const [authority, certificate, key] = [
    await there(paths.authority),
    await there(paths.certificate),
    await there(paths.key),
  ];
  if (await othersCanRead(paths.key)) {
    const mend = `run \`chmod 600 ${paths.key}\``;
    throw new Failure('file-insecure', `${paths.key} can be read by other users`, mend);
  }
  const read = readPairKeys({ authority, certificate, key }, now);
  if (read.ok) return read.value;
  throw new Failure(read.error.code, read.error.what, read.error.mend);
}

/** The nodes that the operator knows by name. @throws Failure `file-unreadable`, `bad-request` */
export async function knownNodes(directory: string): Promise<NodeList> {
  return nodesIn(await there(nodeListFile(directory)));
}

/** Reads a list of nodes. @throws Failure `bad-request` with the first finding */
export function nodesIn({ name, bytes }: NamedFile): NodeList {
  const list = readNodeList(Buffer.from(bytes).toString('utf8'), name);
  if (list.ok) return list.value;
  const [first] = list.error;
  const what = first === undefined ? `${name} cannot be read` : formatDiagnostic(first);
  throw new Failure('bad-request', what, 'mend the file');
}

async function there(path: string): Promise<NamedFile> {
  const file = await readIfThere(path);
  if (file !== undefined) return file;
  throw new Failure(
    'file-unreadable',
    `${path} does not exist`,
    'name the directory that `aorta pair keys` made with --keys or AORTA_KEYS',
  );
}
