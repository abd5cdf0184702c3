import {
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Name } from '../../src/model/name.ts';
import { StateStore } from '../../src/store/state-store.ts';
import { declarationOf, draftOf, readFileContent, standingClock } from '../../src/store/store-fixture.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';

const journal = { phase: 'operating', to: 1 } as const;
const clock = standingClock();
const intent = {
  wish: { kind: 'drain' },
  target: { kind: 'host', host: Name.parse('api-1') },
  author: 'ann',
  reason: 'patching',
} as const;

let disk: SmallDisk;
let store: StateStore | undefined;

beforeEach(() => {
  disk = mountSmallDisk(4_096);
});
afterEach(async () => {
  store?.close();
  store = undefined;
  await disk.end();
});

function open(): StateStore {
  store = StateStore.open(disk.directory, clock);
  return store;
}

/** Writes until there is not a byte left, or so many KiB. */
function fill(left = 0): void {
  const name = join(disk.directory, 'filler');
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
    for (;;) {
      try {
        writeFileSync(name, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
  truncateSync(name, statSync(name).size - left * 1_024);
  const { bavail, bsize } = statfsSync(disk.directory);
  expect(bavail * bsize).toBe(Math.floor((left * 1_024) / bsize) * bsize);
}

function makeRoom(): void {
  rmSync(join(disk.directory, 'filler'));
}

/** Everything that can be asked of a store. */
function contentOf(of: StateStore): unknown {
  const revisions = of.revisions.list();
  return {
    revisions,
    declarations: revisions.map(({ number }) => of.revisions.declaration(number)),
    committed: of.revisions.committed(),
    journal: of.journal.open(),
    inForce: of.intents.inForce(),
    history: of.intents.history(),
  };
}

/** Each declaration is another one, of some 60 KiB, or so many times as long. */
function large(seed: number, times = 1): ReturnType<typeof draftOf> {
  const text = Array.from({ length: 4_000 * times }, (_, index) => `${seed} ${index}`).join('\n');
  return draftOf(declarationOf(text, { key: readFileContent(`secret ${seed} `.repeat(2_000)) }));
}

function expectRefused(work: () => unknown): void {
  expect(work).toThrow(
    expect.objectContaining({
      code: 'state-unusable',
      message: expect.stringContaining('disk is full'),
      mend: expect.stringContaining('make room'),
    }),
  );
}

// Guards: with a full disk a change is refused, and nothing that was there is lost.
test('each writing call is refused whole, and works again when there is room', () => {
  const first = open();
  first.revisions.propose(large(1), journal);
  first.revisions.settle(1, 'committed');
  const kept = first.intents.add(intent);
  const brief = first.intents.add({ ...intent, until: clock.time });
  first.revisions.propose(large(2), { ...journal, from: 1 });
  // Opened afresh the log is empty: there is no room in it that was paid for.
  first.close();
  fill();
  // Opening needs room for the log and its index.
  expect(open).toThrow(
    expect.objectContaining({ code: 'state-unusable', mend: expect.stringContaining('full') }),
  );
  makeRoom();
  const again = open();
  const before = contentOf(again);
  fill();

  for (const work of [
    () => again.revisions.settle(2, 'committed', ['proven']),
    () => again.revisions.settle(2, 'reverted'),
    () => again.journal.advance({ phase: 'guarding', confirmBy: 5 }),
    () => again.intents.add(intent),
    () => again.intents.end([kept.id], { author: 'bob' }),
    () => again.intents.expire(),
    () => again.revisions.propose(large(3), journal),
    () =>
      again.atomically(() => {
        again.revisions.settle(2, 'reverted');
        again.journal.begin(journal);
      }),
  ]) {
    expectRefused(work);
    expect(contentOf(again)).toEqual(before);
  }

  makeRoom();
  expect(again.intents.expire()).toEqual([brief]);
  again.revisions.settle(2, 'committed');
  expect(again.revisions.propose(large(3), journal).number).toBe(3);
  again.close();
  expect(
    open()
      .revisions.list()
      .map(({ number, state }) => [number, state]),
  ).toEqual([
    [3, 'pending'],
    [2, 'committed'],
    [1, 'committed'],
  ]);
});

test('a disk that fills up refuses a change before it is begun, never between its begin and its end', () => {
  const now = open();
  let accepted = 0;
  expectRefused(() => {
    for (;;) {
      accepted = now.revisions.propose(large(accepted + 1), journal).number;
      now.revisions.settle(accepted, 'committed', ['It went well. '.repeat(200)]);
    }
  });
  expect(accepted).toBeGreaterThan(3);
  expect(now.journal.open()).toBeUndefined();
  expect(now.revisions.list().filter(({ state }) => state === 'committed')).toHaveLength(accepted);
});

test.each([0, 1, 4, 9, 20, 40, 90, 200])(
  'full but for %i KiB while a change is written: it is there whole or not at all',
  (left) => {
    const now = open();
    now.revisions.propose(large(1), journal);
    const before = contentOf(now);
    let whole = true;
    try {
      now.atomically(() => {
        now.revisions.settle(1, 'reverted');
        // Larger than what the log has room for from the change before.
        now.revisions.propose(large(2, 2), journal);
        fill(left);
      });
    } catch (error) {
      expect(error).toMatchObject({ code: 'state-unusable' });
      whole = false;
    }
    // In 0 KiB nothing fits, in 200 KiB everything.
    if (left === 0 || left === 200) expect(whole).toBe(left === 200);
    const after = contentOf(now);
    if (whole) expect(now.journal.open()?.revision).toBe(2);
    else expect(after).toEqual(before);
    makeRoom();
    now.close();
    expect(contentOf(open())).toEqual(after);
  },
);

// Guards: a change that was accepted can be ended, so that a full disk does not leave it open for ever.
test('a change that is under way when the disk becomes full goes on to its end', () => {
  const now = open();
  now.revisions.propose(large(1), journal);
  fill();
  now.journal.advance({ phase: 'operating' });
  now.journal.advance({ phase: 'guarding', confirmBy: 5 });
  now.revisions.settle(1, 'reverted', ['The disk became full.']);
  expectRefused(() => now.revisions.propose(large(2), journal));
  makeRoom();
  now.close();
  expect(open().revisions.get(1)).toMatchObject({ state: 'reverted', evidence: ['The disk became full.'] });
  expect(store?.journal.open()).toBeUndefined();
});

test('a disk that is read-only is refused, and what is on it is left as it is', () => {
  const now = open();
  now.revisions.propose(large(1), journal);
  now.close();
  const bytes = readFileSync(join(disk.directory, 'aorta.db'));
  disk.makeReadOnly();
  const refused = expect.objectContaining({
    code: 'state-unusable',
    mend: expect.stringContaining('read-only'),
  });
  expect(open).toThrow(refused);
  expect(() => StateStore.open(join(disk.directory, 'deeper'), clock)).toThrow(refused);
  expect(readdirSync(disk.directory)).toEqual(['aorta.db']);
  expect(readFileSync(join(disk.directory, 'aorta.db'))).toEqual(bytes);
});
