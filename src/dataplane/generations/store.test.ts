import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Rendering } from '../../ir/rendering.ts';
import { sha256 } from '../../kernel/digest.ts';
import { Secret } from '../../kernel/secret.ts';
import type { Generation } from '../port.ts';
import { GenerationStore } from './store.ts';

const key = 'certs/live.pem';
const list = 'networks/live.list';

async function scene() {
  const state = await mkdtemp(join(tmpdir(), 'aorta-store-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const store = new GenerationStore(state, { now: () => 0, sleep: async () => undefined });
  return {
    store,
    file: ({ number, digest }: Generation, path: string) =>
      join(state, 'generations', `${number}-${digest.slice(0, 8)}`, path),
    /** Writes a generation and makes it the current one. */
    next: async (text: string, networks = '192.0.2.0/24\n'): Promise<Generation> => {
      const { generation } = await store.stage(rendering(text, networks), '2.6.12');
      await store.swap(generation);
      return generation;
    },
  };
}

function rendering(text: string, networks: string): Rendering {
  return {
    files: [
      { path: key, content: new Secret('a synthetic key\n') },
      { path: 'haproxy.cfg', content: text },
      { path: list, content: networks },
    ],
    digest: sha256(text + networks),
    sourceMap: [],
  };
}

function inode(file: string): number {
  return statSync(file).ino;
}

test('a file that was edited by hand is written anew, and what stays is linked', async () => {
  const { next, file, store } = await scene();
  const first = await next('one\n');
  expect(await store.tampered(first)).toEqual([]);
  writeFileSync(file(first, list), '0.0.0.0/0\n');
  const second = await next('two\n');
  expect(readFileSync(file(second, list), 'utf8')).toBe('192.0.2.0/24\n');
  expect(inode(file(second, list))).not.toBe(inode(file(first, list)));
  expect(inode(file(second, key))).toBe(inode(file(first, key)));
  expect(statSync(file(second, key)).mode & 0o777).toBe(0o600);
  expect(await store.tampered(second)).toEqual([]);
});

test('a change of content is never written into an earlier generation', async () => {
  const { next, file } = await scene();
  const first = await next('one\n');
  const second = await next('one\n', '10.0.0.0/8\n');
  expect(readFileSync(file(first, list), 'utf8')).toBe('192.0.2.0/24\n');
  expect(readFileSync(file(second, list), 'utf8')).toBe('10.0.0.0/8\n');
});

test('an edit of a linked file is noticed, also when its time is put back', async () => {
  const { next, file, store } = await scene();
  await next('one\n');
  const second = await next('two\n');
  expect(await store.tampered(second)).toEqual([]);
  const { atime, mtime } = statSync(file(second, list));
  writeFileSync(file(second, list), '192.0.2.0/23\n');
  utimesSync(file(second, list), atime, mtime);
  expect(await store.tampered(second)).toEqual([list]);
});
