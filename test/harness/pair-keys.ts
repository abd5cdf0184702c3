import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePairKeys } from '../../src/cli/nodes/make-keys.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { pairFiles } from '../../src/pki/pair-files.ts';
import { type PairKeys, readPairKeys } from '../../src/pki/pair-keys.ts';

/** A directory of keys as the command makes it, for one test run. */
export interface TestPair {
  readonly directory: string;
  keysOf(name: string): Promise<PairKeys>;
  end(): Promise<void>;
}

export async function makeTestPair(nodes: Readonly<Record<string, Endpoint>>): Promise<TestPair> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-pair-'));
  const order = { directory, nodes: new Map(Object.entries(nodes)), days: 60, now: Date.now() };
  await makePairKeys(order);
  return {
    directory,
    keysOf: async (name) => {
      const { authority, certificate, key } = pairFiles(directory, name);
      const named = async (path: string) => ({ name: path, bytes: await readFile(path) });
      const files = {
        authority: await named(authority),
        certificate: await named(certificate),
        key: await named(key),
      };
      const keys = readPairKeys(files, Date.now());
      if (!keys.ok) throw new Error(keys.error.what);
      return keys.value;
    },
    end: () => rm(directory, { recursive: true, force: true }),
  };
}
