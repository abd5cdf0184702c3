import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type NetworkApi, readNodeApi } from '../declaration/node-api.ts';
import { formatDiagnostic } from '../kernel/diagnostic.ts';
import { Failure } from '../kernel/failure.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { NamedFile } from '../pki/named-file.ts';
import { type PairFilePaths, pairFiles } from '../pki/pair-files.ts';
import { type PairKeys, readPairKeys } from '../pki/pair-keys.ts';
import { readFiles } from '../store/declaration-files.ts';

/** Where the controller of this machine answers over the network, and by which keys. */
export interface OpenedApi {
  readonly endpoint: Endpoint;
  readonly keys: PairKeys;
}

/** The node file of a state directory. */
function nodeFileIn(stateDirectory: string): string {
  return join(stateDirectory, 'node.yaml');
}

/**
 * What the node file says about the API, with the keys that it names.
 * @param now milliseconds since 1970
 * @returns undefined when there is no node file, or no `api` in it: then nothing listens
 * @throws Failure with what is wrong with the file or the keys
 */
export async function readNetworkApi(stateDirectory: string, now: number): Promise<OpenedApi | undefined> {
  const file = nodeFileIn(stateDirectory);
  const text = await textIfThere(file);
  if (text === undefined) return undefined;
  const read = readNodeApi(text, file);
  if (!read.ok) {
    const [first] = read.error;
    const code = first?.code ?? 'bad-request';
    throw new Failure(code, read.error.map(formatDiagnostic).join('\n'), 'mend the node file');
  }
  if (read.value === undefined) return undefined;
  const { address, port } = read.value;
  return { endpoint: { host: address, port }, keys: await keysOf(read.value, dirname(file), now) };
}

async function keysOf({ node, keys }: NetworkApi, directory: string, now: number): Promise<PairKeys> {
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

async function readOne(path: string, secret: boolean): Promise<NamedFile> {
  const content = (await readFiles([{ file: path, path: [], secret }], '/')).get(path);
  if (content?.kind !== 'read') {
    const what = `cannot read ${JSON.stringify(path)}: ${content?.reason ?? 'it was not read'}`;
    throw new Failure('file-unreadable', what, 'correct `keys` of the node file, or the permissions');
  }
  if (secret && content.othersCanRead) {
    throw new Failure('file-insecure', `${path} can be read by other users`, `run \`chmod 600 ${path}\``);
  }
  return { name: path, bytes: content.bytes };
}

async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it cannot be opened';
    if (code === 'ENOENT') return undefined;
    const what = `cannot read ${JSON.stringify(path)}: ${code}`;
    throw new Failure('file-unreadable', what, 'correct its permissions', { cause });
  }
}
