import { isAbsolute, resolve } from 'node:path';
import type { SharedStoreSettings } from '../declaration/node-file.ts';
import type { Clock } from '../kernel/clock.ts';
import { readNodeKeys, readOne } from '../store/pair-key-files.ts';
import { EtcdClient } from '../store/shared/etcd/etcd-client.ts';
import { EtcdKeys } from '../store/shared/etcd/etcd-keys.ts';
import { Seal } from '../store/shared/seal.ts';
import type { SharedKeys } from '../store/shared/shared-keys.ts';
import { SharedStore } from '../store/shared/shared-store.ts';
import { SqliteKeys } from '../store/shared/sqlite-keys.ts';

/**
 * What the node file says about the shared store. Nobody is asked yet: it may be away.
 * @param directory where the node file is
 * @throws Failure with what is wrong with the keys
 */
export async function openSharedStore(
  settings: SharedStoreSettings,
  directory: string,
  clock: Clock,
): Promise<SharedStore> {
  const { node, store } = settings;
  const { bytes, name } = await readOne(at(directory, settings.sealKey), true);
  const seal = Seal.of(Buffer.from(bytes).toString('utf8'), name);
  return new SharedStore(store.kind, await openKeys(settings, directory, clock), seal, node);
}

async function openKeys(
  { node, store, keys }: SharedStoreSettings,
  directory: string,
  clock: Clock,
): Promise<SharedKeys> {
  if (store.kind === 'file') return SqliteKeys.open(at(directory, store.file), clock);
  const own = keys && (await readNodeKeys({ node, keys }, directory, clock.now()));
  return new EtcdKeys(
    new EtcdClient({ members: store.members, ...(own === undefined ? {} : { keys: own }) }),
  );
}

function at(directory: string, path: string): string {
  return isAbsolute(path) ? path : resolve(directory, path);
}
