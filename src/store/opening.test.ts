import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../kernel/failure.ts';
import { StateStore } from './state-store.ts';
import {
  declarationOf,
  draftOf,
  readFileContent,
  standingClock,
  temporaryDirectory,
} from './store-fixture.ts';

const journal = { phase: 'operating', to: 1 } as const;
const clock = standingClock();

let place: ReturnType<typeof temporaryDirectory>;
let file: string;
const opened: StateStore[] = [];

beforeEach(() => {
  place = temporaryDirectory();
  file = join(place.directory, 'aorta.db');
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  place.remove();
});

function open(directory = place.directory): StateStore {
  const store = StateStore.open(directory, clock);
  opened.push(store);
  return store;
}

function refusal(directory?: string): Failure {
  try {
    open(directory);
  } catch (error) {
    if (error instanceof Failure && error.code === 'state-unusable' && error.mend !== '') return error;
    throw error;
  }
  throw new Error('it was opened');
}

test('the files are for this account only, whatever the umask', () => {
  const umask = process.umask(0);
  try {
    const directory = join(place.directory, 'state');
    const store = open(directory);
    store.journal.begin(journal);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory).sort()).toEqual(['aorta.db', 'aorta.db-shm', 'aorta.db-wal']);
    for (const name of readdirSync(directory)) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
  } finally {
    process.umask(umask);
  }
});

test('a mode that somebody widened is narrowed', () => {
  open().journal.begin(journal);
  opened.pop()?.close();
  chmodSync(file, 0o644);
  open();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('an empty file, left by a controller that was killed while making it, is begun', () => {
  writeFileSync(file, '');
  expect(open().revisions.list()).toEqual([]);
});

test('a file that was removed under the controller takes no further change', () => {
  const store = open();
  rmSync(file);
  const draft = draftOf(declarationOf('one'));
  expect(() => store.revisions.propose(draft, journal)).toThrow(
    expect.objectContaining({ code: 'state-unusable' }),
  );
});

test.each([
  ['text', Buffer.from('hello')],
  ['many pages of something', Buffer.alloc(20_000, 'x')],
  ['the beginning of a database', Buffer.from('SQLite format 3\0')],
])('a file that is no database is refused and left as it is: %s', (_, bytes) => {
  writeFileSync(file, bytes);
  expect(refusal().message).toMatch(/is not a record of changes|is damaged/);
  expect(readFileSync(file)).toEqual(bytes);
  expect(readdirSync(place.directory)).toEqual(['aorta.db']);
});

test('a database of another program is refused and left as it is', () => {
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE patience (level INTEGER)');
  other.close();
  const before = readFileSync(file);
  expect(refusal().message).toContain('another program');
  expect(readFileSync(file)).toEqual(before);
});

test('a database of a newer version is refused and left as it is', () => {
  open().journal.begin(journal);
  opened.pop()?.close();
  const newer = new DatabaseSync(file);
  newer.exec('PRAGMA user_version = 7');
  newer.close();
  const before = readFileSync(file);
  const { message, mend } = refusal();
  expect(message).toContain('newer version of Aorta (schema 7');
  expect(mend).toContain('newer');
  expect(readFileSync(file)).toEqual(before);
});

test('what is not a file, or leads somewhere else, is refused', () => {
  mkdirSync(file);
  expect(refusal().message).toContain('is not a file');
  const directory = join(place.directory, 'linked');
  mkdirSync(directory);
  symlinkSync('../elsewhere', join(directory, 'aorta.db'));
  expect(refusal(directory).message).toContain('is not a file');
  expect(existsSync(join(place.directory, 'elsewhere'))).toBe(false);
  expect(refusal(join(place.directory, 'linked', 'aorta.db')).message).toContain(
    'cannot be written or opened',
  );
});

test('a stored file that was damaged on the disk is noticed, and so is a word that nobody wrote', () => {
  const store = open();
  store.revisions.propose(draftOf(declarationOf('text', { key: readFileContent('key') })), journal);
  const hand = new DatabaseSync(file);
  hand.exec(`UPDATE content SET bytes = x'00'`);
  const damaged = expect.objectContaining({
    code: 'state-unusable',
    message: expect.stringContaining('damaged'),
  });
  expect(() => store.revisions.declaration(1)).toThrow(damaged);
  expect(store.revisions.get(1)?.state).toBe('pending');
  for (const change of [`evidence = '{'`, `evidence = '[1]'`, `kind = 'toString'`]) {
    hand.exec(`UPDATE revision SET ${change}`);
    expect(() => store.revisions.get(1)).toThrow(damaged);
    hand.exec(`UPDATE revision SET evidence = '[]', kind = 'apply'`);
  }
  hand.close();
});

test('a second store reads what the first wrote, and numbers go on', () => {
  const [one, two] = [open(), open()];
  one.revisions.propose(draftOf(declarationOf('one')), journal);
  expect(two.journal.open()?.revision).toBe(1);
  two.revisions.settle(1, 'committed');
  expect(one.revisions.committed()?.number).toBe(1);
  expect(one.revisions.propose(draftOf(declarationOf('two')), journal).number).toBe(2);
  expect(() => two.revisions.propose(draftOf(declarationOf('three')), journal)).toThrow('under way');
  expect(two.revisions.list()).toHaveLength(2);
});

test('while another process holds the lock writing is refused, reading is not', () => {
  const store = open();
  store.revisions.propose(draftOf(declarationOf('one')), journal);
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  expect(() => store.revisions.settle(1, 'committed')).toThrow(
    expect.objectContaining({ code: 'state-unusable', message: expect.stringContaining('another process') }),
  );
  expect(store.revisions.get(1)?.state).toBe('pending');
  other.close();
  store.revisions.settle(1, 'committed');
  expect(store.journal.open()).toBeUndefined();
});
