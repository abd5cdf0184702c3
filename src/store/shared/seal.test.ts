import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Failure } from '../../kernel/failure.ts';
import { newSealKey, Seal } from './seal.ts';

const key = () => newSealKey().reveal();
const first = key();
const second = key();
const words = Buffer.from('-----BEGIN PRIVATE KEY-----');

/** The code of what a call is refused with. */
function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'none';
}

test('opens what it sealed, at that place, and shows nothing of it meanwhile', () => {
  const seal = Seal.of(first, 'store.seal');
  for (const content of [words, Buffer.alloc(0), randomBytes(600_000)]) {
    const sealed = Buffer.from(seal.seal(content, 'a/b'));
    expect(content.equals(seal.open(sealed, 'a/b'))).toBe(true);
    if (content.length > 0) expect(sealed.includes(content)).toBe(false);
  }
  // Twice the same content is not the same record.
  expect(Buffer.from(seal.seal(words, 'a')).equals(seal.seal(words, 'a'))).toBe(false);
});

test('another place, another key, and every changed byte are refused', () => {
  const seal = Seal.of(first, 'store.seal');
  const sealed = seal.seal(words, 'a/b');
  expect(codeOf(() => seal.open(sealed, 'a/c'))).toBe('store-unreadable');
  expect(codeOf(() => Seal.of(second, 'other').open(sealed, 'a/b'))).toBe('store-unreadable');
  for (const index of sealed.keys()) {
    const changed = Uint8Array.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect([index, codeOf(() => seal.open(changed, 'a/b'))]).toEqual([index, 'store-unreadable']);
  }
  for (const length of [0, 1, 9, 36]) {
    expect(codeOf(() => seal.open(sealed.subarray(0, length), 'a/b'))).toBe('store-unreadable');
  }
});

test('keys are changed while several nodes run: first all can open with the new one, then it seals', () => {
  const old = Seal.of(first, 'store.seal');
  const prepared = Seal.of(`${first}\n# new\n${second}`, 'store.seal');
  const changed = Seal.of(`${second}${first}`, 'store.seal');
  const done = Seal.of(second, 'store.seal');
  expect(words.equals(old.open(prepared.seal(words, 'a'), 'a'))).toBe(true);
  expect(words.equals(prepared.open(changed.seal(words, 'a'), 'a'))).toBe(true);
  expect(words.equals(changed.open(old.seal(words, 'a'), 'a'))).toBe(true);
  expect(codeOf(() => done.open(old.seal(words, 'a'), 'a'))).toBe('store-unreadable');
});

test('a file that is no file of keys is refused, and not quoted', () => {
  for (const text of [
    '',
    '\n# nothing\n',
    'c2hvcnQ=',
    `${first.trim()}x`,
    'hunter2hunter2hunter2hunter2hunter2',
  ]) {
    try {
      Seal.of(text, '/etc/aorta/store.seal');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'seal-key-unusable' });
      expect(String(error)).not.toContain('hunter2');
    }
  }
});
