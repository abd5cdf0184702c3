import type { NetworkApi } from '../declaration/node-file.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { PairKeys } from '../pki/pair-keys.ts';
import { readNodeKeys } from '../store/pair-key-files.ts';

/** Where the controller of this machine answers over the network, and by which keys. */
export interface OpenedApi {
  readonly endpoint: Endpoint;
  readonly keys: PairKeys;
}

/**
 * What the node file says about the API, with the keys that it names.
 * @param directory where the node file is
 * @param now milliseconds since 1970
 * @throws Failure with what is wrong with the keys
 */
export async function openNetworkApi(api: NetworkApi, directory: string, now: number): Promise<OpenedApi> {
  return {
    endpoint: { host: api.address, port: api.port },
    keys: await readNodeKeys(api, directory, now),
  };
}
