import { z } from 'zod';
import type { Expectation, KeyRecord, KeyWrite, SharedKeys } from '../shared-keys.ts';
import type { EtcdClient } from './etcd-client.ts';

const Range = z.object({
  kvs: z
    .array(z.object({ key: z.base64(), value: z.base64().default(''), mod_revision: z.string() }))
    .default([]),
});
const Written = z.object({ succeeded: z.boolean().default(false) });
const Granted = z.object({ ID: z.string() });
/** A stream of one answer. Without a time to live there is no such lease any more. */
const Kept = z.object({ result: z.object({ TTL: z.string().default('0') }) });
const Anything = z.object({});

/** Shared by nodes on several machines: etcd, which answers as long as most of its members do. */
export class EtcdKeys implements SharedKeys {
  readonly #client: EtcdClient;
  #lease: string | undefined;

  constructor(client: EtcdClient) {
    this.#client = client;
  }

  async read(prefix: string): Promise<readonly KeyRecord[]> {
    // Not `serializable`: a member without the others would answer with what it happens to know.
    const { kvs } = await this.#client.ask('/v3/kv/range', below(prefix), Range);
    return kvs.map(({ key, value, mod_revision: version }) => ({
      key: Buffer.from(key, 'base64').toString('utf8'),
      value: Buffer.from(value, 'base64'),
      version,
    }));
  }

  async write(writes: readonly KeyWrite[], expected?: Expectation): Promise<boolean> {
    const compare =
      expected === undefined
        ? []
        : [
            {
              key: encoded(expected.key),
              target: 'MOD',
              result: 'EQUAL',
              // Revision 0: there is none.
              mod_revision: expected.version ?? '0',
            },
          ];
    const success = writes.map(({ key, value }) =>
      value === undefined
        ? { request_delete_range: { key: encoded(key) } }
        : { request_put: { key: encoded(key), value: Buffer.from(value).toString('base64') } },
    );
    return (await this.#client.ask('/v3/kv/txn', { compare, success }, Written)).succeeded;
  }

  async remove(prefix: string): Promise<void> {
    await this.#client.ask('/v3/kv/deleterange', below(prefix), Anything);
  }

  async keepAlive(key: string, milliseconds: number): Promise<void> {
    if (this.#lease !== undefined && (await this.#isKept(this.#lease))) return;
    // In seconds; etcd makes it longer when it is shorter than an election.
    const granted = { TTL: String(Math.ceil(milliseconds / 1_000)) };
    const { ID: lease } = await this.#client.ask('/v3/lease/grant', granted, Granted);
    await this.#client.ask('/v3/kv/put', { key: encoded(key), value: encoded('1'), lease }, Anything);
    this.#lease = lease;
  }

  close(): void {
    this.#client.close();
  }

  async #isKept(lease: string): Promise<boolean> {
    const { result } = await this.#client.ask('/v3/lease/keepalive', { ID: lease }, Kept);
    return Number(result.TTL) > 0;
  }
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Every name that begins so: up to the next one that does not. Names are ASCII and no prefix is empty. */
function below(prefix: string): { readonly key: string; readonly range_end: string } {
  const end = Buffer.from(prefix);
  const last = end.length - 1;
  end[last] = (end[last] ?? 0) + 1;
  return { key: encoded(prefix), range_end: end.toString('base64') };
}
