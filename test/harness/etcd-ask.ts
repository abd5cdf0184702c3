import { Failure } from '../../src/kernel/failure.ts';
import { type EtcdAccess, EtcdClient } from '../../src/store/shared/etcd/etcd-client.ts';
import { EtcdKeys } from '../../src/store/shared/etcd/etcd-keys.ts';

/** Whether etcd answers for all of its members; undefined when it does not. */
export async function ask(access: EtcdAccess): Promise<true | undefined> {
  const keys = new EtcdKeys(new EtcdClient(access));
  try {
    await keys.read('nothing/');
    return true;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  } finally {
    keys.close();
  }
}
