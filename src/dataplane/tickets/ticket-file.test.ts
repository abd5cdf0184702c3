import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../kernel/secret.ts';
import type { TicketRing } from '../../model/ticket-ring.ts';
import { ticketDirectory } from './ticket-directory.ts';
import { TicketFile } from './ticket-file.ts';

// Guards: ticket keys are in memory and for one account only, as HAProxy reads them; a new controller finds them.

const ring: TicketRing = [1, 2, 3].map((serial) => ({
  serial,
  id: `${serial}`.repeat(16),
  createdAt: 1_000 * serial,
  key: new Secret(Buffer.alloc(80, serial).toString('base64')),
}));

let parent: string;
let directory: string;
let file: TicketFile;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'aorta-tickets-'));
  directory = join(parent, 'keys-of-one');
  file = new TicketFile(directory);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

test('HAProxy gets a key a line, the oldest first; nobody else can read any of it', async () => {
  await file.write(ring);
  expect(readFileSync(file.path, 'utf8')).toBe(ring.map(({ key }) => `${key.reveal()}\n`).join(''));
  expect(modeOf(directory)).toBe(0o700);
  for (const name of readdirSync(directory)) expect(modeOf(join(directory, name))).toBe(0o600);
});

test('a new controller finds what the one before it kept', async () => {
  expect(await file.read()).toBeUndefined();
  await file.write(ring);
  const found = await new TicketFile(directory).read();
  expect(found?.map(({ key, ...rest }) => ({ ...rest, key: key.reveal() }))).toEqual(
    ring.map(({ key, ...rest }) => ({ ...rest, key: key.reveal() })),
  );
});

test('what is as it should be is not written again; what is gone is', async () => {
  await file.write(ring);
  const before = statSync(file.path).ino;
  await file.write(ring);
  expect(statSync(file.path).ino).toBe(before);
  rmSync(directory, { recursive: true });
  await file.write(ring);
  expect(readFileSync(file.path, 'utf8').split('\n')).toHaveLength(4);
});

test.each(['', '{}', '[]', '[{"serial":1}]', JSON.stringify(ring)])('%j is no ring', async (text) => {
  await file.write(ring);
  writeFileSync(join(directory, 'ring.json'), text);
  expect(await file.read()).toBeUndefined();
});

test('a directory that others could write to is not used', async () => {
  await file.write(ring);
  chmodSync(directory, 0o777);
  for (const use of [() => file.read(), () => file.write(ring)])
    await expect(use()).rejects.toThrow('can be written by');
});

test('nothing is left behind', async () => {
  await file.write(ring);
  await file.remove();
  expect(readdirSync(parent)).toEqual([]);
});

describe('the directory', () => {
  test('is in memory, has the same name each time, and another for another state directory', () => {
    const one = ticketDirectory('/var/lib/aorta');
    expect(one).toMatch(/^\/dev\/shm\/aorta-\d+-[0-9a-f]{16}-tickets$/);
    expect(ticketDirectory('/var/lib/aorta')).toBe(one);
    expect(ticketDirectory('/var/lib/aorta/../aorta')).toBe(one);
    expect(ticketDirectory('/var/lib/other')).not.toBe(one);
  });
});
