import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadNodeOf } from '../../src/cli/load-node.ts';
import { type OpenedApi, openNetworkApi } from '../../src/daemon/network-api.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { aorta, haproxyOf } from '../harness/controller.ts';
import { guardDirectory } from '../harness/guarded-directory.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { startProduct } from '../harness/product.ts';
import { serveNode } from '../harness/served-node.ts';

let pair: TestPair;
beforeAll(async () => {
  const endpoint = { host: '127.0.0.1', port: 1 } as Endpoint;
  pair = await makeTestPair({ 'lb-a': endpoint, 'lb-b': endpoint });
});
afterAll(() => pair.end());

const declaration = () => ({
  aorta: 'v1',
  site: 'St. Elsewhere',
  virtualServices: {
    thin: {
      listeners: [{ protocol: 'http', address: loopbackAddress(), port: 80 }],
      pool: { servers: { one: { address: loopbackAddress(), port: 8000 } }, trustedSegment: 'loopback' },
      maxConnections: 100,
    },
  },
});

describe('what refuses the start', () => {
  let directory: string;
  let state: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aorta-node-'));
    state = join(directory, 'state');
    await mkdir(state);
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** What the controller reads before anything is opened. */
  async function read(nodeFile: string): Promise<OpenedApi> {
    await writeFile(join(state, 'node.yaml'), nodeFile);
    const node = await loadNodeOf(state);
    if (!node.ok || node.value?.api === undefined) throw new Error('the node file has no API');
    return await openNetworkApi(node.value.api, node.value.directory, Date.now());
  }

  const nodeFile = (keys: object | string) =>
    JSON.stringify({ node: 'lb-a', api: { address: '10.20.1.2' }, keys });

  const keyFiles = (over: object = {}) => ({
    authority: `${pair.directory}/authority.pem`,
    certificate: `${pair.directory}/lb-a.pem`,
    key: `${pair.directory}/lb-a.key`,
    ...over,
  });

  test('nothing, when all is well: keys beside the node file, in a directory, or each by itself', async () => {
    for (const keys of [pair.directory, relative(state, pair.directory), keyFiles()]) {
      expect(await read(nodeFile(keys))).toMatchObject({ endpoint: { host: '10.20.1.2', port: 7443 } });
    }
  });

  test.each<[string, () => object | string, string, RegExp]>([
    [
      'keys that are not there',
      () => 'nowhere',
      'file-unreadable',
      /^cannot read ".*\/state\/nowhere\/authority.pem": it does not exist$/,
    ],
    [
      'the key of another node',
      () => keyFiles({ key: `${pair.directory}/lb-b.key` }),
      'certificate-key-mismatch',
      /./,
    ],
    [
      'a node in the place of the authority',
      () => keyFiles({ authority: `${pair.directory}/lb-b.pem` }),
      'authority-unreadable',
      /lb-b\.pem is not the certificate of one authority$/,
    ],
  ])('%s', async (_name, keys, code, message) => {
    await expect(read(nodeFile(keys()))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('a key that others can read', async () => {
    const key = join(directory, 'open.key');
    await copyFile(join(pair.directory, 'lb-a.key'), key);
    await chmod(key, 0o644);
    await expect(read(nodeFile(keyFiles({ key })))).rejects.toMatchObject({
      code: 'file-insecure',
      message: `${key} can be read by other users`,
      mend: `run \`chmod 600 ${key}\``,
    });
  });

  test('an address of another machine', async () => {
    const endpoint = { host: '192.0.2.1', port: 7443 } as Endpoint;
    await expect(serveNode(await pair.keysOf('lb-a'), {}, endpoint)).rejects.toMatchObject({
      code: 'address-not-local',
      message: expect.stringMatching(/^192\.0\.2\.1:7443/),
    });
  });

  test('a port that somebody else holds: neither the controller nor HAProxy stays', async () => {
    const other = createServer();
    const address = loopbackAddress();
    await new Promise<void>((resolve) => other.listen(7443, address, resolve));
    const guarded = await guardDirectory('aorta-');
    try {
      await mkdir(guarded.state, { mode: 0o700 });
      const file = join(guarded.directory, 'aorta.yaml');
      await writeFile(file, JSON.stringify(declaration()));
      const text = JSON.stringify({ node: 'lb-a', api: { address }, keys: pair.directory });
      await writeFile(join(guarded.state, 'node.yaml'), text);
      const { code, stderr } = await aorta('up', file, '--state', guarded.state);
      expect(code).toBe(1);
      expect(stderr).toContain(
        `address-taken: another program listens on ${address}:7443, where the API is to`,
      );
      expect(await haproxyOf(guarded.state)).toBeUndefined();
    } finally {
      await guarded.end();
      other.close();
    }
  });
});

test('without `api` in the node file nothing listens but HAProxy', async () => {
  const product = await startProduct(declaration());
  try {
    expect(await listeningSockets(product.controller.pid)).toEqual([]);
    // It would be seen.
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(7443, loopbackAddress(), resolve));
    expect(await listeningSockets(process.pid)).not.toEqual([]);
    other.close();
  } finally {
    await product.stop();
  }
});

/** The addresses on which a process takes TCP connections, as the kernel shows them. */
async function listeningSockets(pid: number): Promise<string[]> {
  const links = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(links.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const inodes = targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8')),
  );
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode = '']) => state === '0A' && inodes.includes(inode))
    .map(([, local = '']) => local);
}
