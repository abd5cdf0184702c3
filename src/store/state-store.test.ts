import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Bug } from '../kernel/bug.ts';
import { StateStore } from './state-store.ts';
import {
  declarationOf,
  draftOf,
  readFileContent,
  standingClock,
  temporaryDirectory,
} from './store-fixture.ts';

const journal = { phase: 'operating', to: 1 } as const;
const day = 24 * 3_600_000;

let place: ReturnType<typeof temporaryDirectory>;
let clock: ReturnType<typeof standingClock>;
let store: StateStore;

beforeEach(() => {
  place = temporaryDirectory();
  clock = standingClock();
  store = StateStore.open(place.directory, clock);
});
afterEach(() => {
  store.close();
  place.remove();
});

function reopen(): void {
  store.close();
  store = StateStore.open(place.directory, clock);
}

function committed(text: string, files = {}): number {
  const { number } = store.revisions.propose(draftOf(declarationOf(text, files)), journal);
  store.revisions.settle(number, 'committed');
  return number;
}

describe('revisions', () => {
  test('come back as they were proposed, also after the store was opened again', () => {
    const declaration = declarationOf('aorta: v1\n', {
      'certs/live.pem': readFileContent('certificate and key'),
      'certs/same.pem': readFileContent('certificate and key', true),
      'certs/gone.pem': { kind: 'unreadable', reason: 'it does not exist' },
      'certs/empty.pem': readFileContent(''),
    });
    const forced = ['pool-unreachable live'];
    const evidence = ['It got worse.'];
    const draft = draftOf(declaration, { kind: 'revert', reason: 'because', restores: 7, forced, evidence });
    const revision = store.revisions.propose(draft, { phase: 'operating', from: 3, to: 4, confirmBy: 99 });
    const { declaration: _, ...plain } = draft;
    const expected = { ...plain, number: 1, state: 'pending', at: clock.time, digest: expect.any(String) };
    expect(revision).toEqual(expected);
    reopen();
    expect(store.revisions.get(1)).toEqual(expected);
    expect(store.revisions.list()).toEqual([expected]);
    expect(store.revisions.declaration(1)).toEqual(declaration);
    expect(store.revisions.committed()).toBeUndefined();
    expect(store.journal.open()).toEqual({ revision: 1, phase: 'operating', from: 3, to: 4, confirmBy: 99 });
  });

  test('absent stays absent', () => {
    const revision = store.revisions.propose(draftOf(declarationOf('')), journal);
    expect(Object.keys(revision)).not.toContain('reason');
    expect(Object.keys(revision)).not.toContain('restores');
    expect(store.journal.open()).toEqual({ revision: 1, phase: 'operating', to: 1 });
    expect(store.revisions.declaration(1)).toEqual(declarationOf(''));
    expect(store.revisions.get(2)).toBeUndefined();
    expect(store.revisions.declaration(2)).toBeUndefined();
  });

  test('one that settled is what is in service, or is not', () => {
    expect(committed('one')).toBe(1);
    store.revisions.propose(draftOf(declarationOf('two')), journal);
    expect(store.revisions.committed()?.number).toBe(1);
    store.revisions.settle(2, 'reverted', ['api-1 went down.']);
    expect(store.revisions.committed()?.number).toBe(1);
    expect(store.revisions.get(2)).toMatchObject({ state: 'reverted', evidence: ['api-1 went down.'] });
    expect(store.journal.open()).toBeUndefined();
    expect(committed('three')).toBe(3);
    expect(store.revisions.committed()?.number).toBe(3);
    expect(store.revisions.list(2).map(({ number }) => number)).toEqual([3, 2]);
  });

  test('a second change while one is under way is a bug, and leaves nothing behind', () => {
    store.revisions.propose(draftOf(declarationOf('one')), journal);
    expect(() => store.revisions.propose(draftOf(declarationOf('two')), journal)).toThrow(Bug);
    expect(store.revisions.list()).toHaveLength(1);
    store.revisions.settle(1, 'committed');
    store.journal.begin(journal);
    expect(() => store.revisions.propose(draftOf(declarationOf('two')), journal)).toThrow(Bug);
    expect(store.revisions.list()).toHaveLength(1);
  });

  test('what is not under way cannot be settled', () => {
    const number = committed('one');
    expect(() => store.revisions.settle(number, 'reverted')).toThrow(Bug);
    expect(() => store.revisions.settle(9, 'committed')).toThrow(Bug);
    expect(store.revisions.get(number)?.state).toBe('committed');
  });

  test.each([
    ['every plane of Unicode', 'é \u{1F3E5} \u{10FFFF} \ufeff\u2028 مرحبا'],
    ['a byte order mark and line ends', '\ufeffaorta: v1\r\n\r'],
    ['what looks like a statement', `'); DROP TABLE revision; --"`],
    ['NUL', 'a\0b\0'],
  ])('%s comes back byte for byte', (_, text) => {
    const declaration = declarationOf(text, { [text]: { kind: 'unreadable', reason: text } });
    const words = { author: text, reason: text, forced: [text], evidence: [text] };
    store.revisions.propose(draftOf({ ...declaration, file: text }, words), journal);
    reopen();
    expect(store.revisions.get(1)).toMatchObject(words);
    expect(store.revisions.declaration(1)).toEqual({ ...declaration, file: text });
  });

  test('half a character is refused instead of changed', () => {
    const half = 'a\ud83c';
    const refusal = expect.objectContaining({ code: 'bad-request' });
    const draft = draftOf(declarationOf('one'));
    expect(() => store.revisions.propose({ ...draft, author: half }, journal)).toThrow(refusal);
    expect(() => store.revisions.propose(draftOf(declarationOf(half)), journal)).toThrow(refusal);
    expect(store.revisions.list()).toEqual([]);
    expect(committed('two')).toBe(1);
  });

  test('a declaration of 16 MiB comes back', () => {
    const text = `aorta: v1 # ${'\u{1F3E5}é0'.repeat((16 * 1024 * 1024) / 7)}`;
    expect(committed(text)).toBe(1);
    expect(store.revisions.declaration(1)?.text === text).toBe(true);
  });
});

describe('the journal', () => {
  test('advances field by field', () => {
    store.journal.begin({ phase: 'operating', to: 5 });
    store.journal.advance({ phase: 'operating' });
    store.journal.advance({ phase: 'guarding', confirmBy: 12 });
    expect(store.journal.open()).toEqual({ phase: 'guarding', to: 5, confirmBy: 12 });
    reopen();
    store.journal.close();
    expect(store.journal.open()).toBeUndefined();
  });

  test('holds at most one entry, and none that was not begun', () => {
    expect(() => store.journal.advance({ phase: 'guarding' })).toThrow(Bug);
    expect(() => store.journal.close()).toThrow(Bug);
    store.journal.begin(journal);
    expect(() => store.journal.begin(journal)).toThrow(Bug);
    expect(store.journal.open()).toEqual(journal);
  });

  test('does not close under a revision that is pending', () => {
    store.revisions.propose(draftOf(declarationOf('one')), journal);
    expect(() => store.journal.close()).toThrow(Bug);
    expect(store.journal.open()?.revision).toBe(1);
  });

  test('may name a revision that is brought into service again', () => {
    const revision = committed('one');
    store.journal.begin({ ...journal, revision });
    expect(store.journal.open()).toEqual({ ...journal, revision });
    store.journal.close();
    expect(() => store.journal.begin({ ...journal, revision: 9 })).toThrow(Bug);
  });
});

describe('several calls as one', () => {
  test('a revision that is undone and the one that undoes it', () => {
    store.revisions.propose(draftOf(declarationOf('one')), journal);
    const revert = store.atomically(() => {
      store.revisions.settle(1, 'reverted');
      return store.revisions.propose(
        draftOf(declarationOf('zero'), { kind: 'revert', restores: 1 }),
        journal,
      );
    });
    expect(store.journal.open()?.revision).toBe(revert.number);
  });

  test('fail together', () => {
    store.revisions.propose(draftOf(declarationOf('one')), journal);
    expect(() =>
      store.atomically(() => {
        store.revisions.settle(1, 'reverted');
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(store.revisions.get(1)?.state).toBe('pending');
    expect(store.journal.open()?.revision).toBe(1);
  });

  test('a part that failed cannot be ignored', () => {
    expect(() =>
      store.atomically(() => {
        store.journal.begin(journal);
        try {
          store.revisions.settle(9, 'committed');
        } catch {}
      }),
    ).toThrow(Bug);
    expect(store.journal.open()).toBeUndefined();
    store.atomically(() => store.journal.begin(journal));
    expect(store.journal.open()).toEqual(journal);
  });

  test('cannot wait', () => {
    expect(() => store.atomically(async () => store.journal.begin(journal))).toThrow(Bug);
    expect(store.journal.open()).toBeUndefined();
  });
});

describe('pruning', () => {
  test('deletes what nobody wants any more, with the files that nothing else names', () => {
    const shared = readFileContent('a shared authority');
    const old = readFileContent('an old private key '.repeat(1_000));
    // The end of a large transaction is what stays longest in the log.
    const large = readFileContent('x'.repeat(200_000));
    committed('text 1', { shared, large, old });
    for (let number = 2; number <= 55; number += 1) committed(`text ${number}`, { shared, large });
    clock.time += 91 * day;
    expect(store.revisions.prune()).toEqual([5, 4, 3, 2, 1]);
    expect(store.revisions.prune()).toEqual([]);
    expect(store.revisions.declaration(1)).toBeUndefined();
    expect(store.revisions.declaration(6)).toEqual(declarationOf('text 6', { shared, large }));
    const onDisk = () =>
      readdirSync(place.directory).map((name) => readFileSync(join(place.directory, name)));
    // Neither in a free page nor in the log.
    expect(onDisk().some((bytes) => bytes.includes('an old private key'))).toBe(false);
    expect(onDisk().some((bytes) => bytes.includes('a shared authority'))).toBe(true);
    expect(committed('next')).toBe(56);
  });

  test('keeps what is under way, and what is brought into service again', () => {
    for (let number = 1; number <= 60; number += 1) committed('same');
    clock.time += 91 * day;
    store.journal.begin({ ...journal, revision: 3 });
    expect(store.revisions.prune()).toEqual([10, 9, 8, 7, 6, 5, 4, 2, 1]);
    store.journal.close();
    expect(store.revisions.prune()).toEqual([3]);
    expect(store.revisions.declaration(60)?.text).toBe('same');
  });
});

test('equal bytes are kept once', () => {
  const key = readFileContent('x'.repeat(100_000));
  for (let number = 1; number <= 20; number += 1) committed('same text', { one: key, two: key });
  store.close();
  expect(statSync(join(place.directory, 'aorta.db')).size).toBeLessThan(300_000);
});

test('no error quotes what was stored', () => {
  const secret = 'correct horse battery staple';
  const files = { key: readFileContent(secret) };
  const draft = draftOf(declarationOf(secret, files), { reason: secret });
  store.revisions.propose(draft, journal);
  const errors = [
    () => store.revisions.propose(draft, journal),
    () => store.revisions.propose({ ...draft, generation: 1.5 }, journal),
    () => store.revisions.propose({ ...draft, author: `${secret}\ud83c` }, journal),
    () => {
      store.close();
      store.revisions.propose(draft, journal);
    },
  ].map((work) => {
    try {
      work();
    } catch (error) {
      return inspect(error, { depth: 10, showHidden: true });
    }
    throw new Error('nothing was thrown');
  });
  for (const error of errors) expect(error).not.toContain('horse');
});
