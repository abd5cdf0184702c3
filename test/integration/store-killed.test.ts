import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { declarationDigest } from '../../src/store/declaration-digest.ts';
import type { RevisionState } from '../../src/store/revision.ts';
import { StateStore } from '../../src/store/state-store.ts';
import { standingClock, temporaryDirectory } from '../../src/store/store-fixture.ts';

const rounds = 24;
const writer = fileURLToPath(new URL('store-writer.ts', import.meta.url));

/** What a writer said was done. */
interface Said {
  readonly proposed?: number;
  readonly advanced?: number;
  readonly added?: number;
  readonly settled?: number;
  readonly state?: RevisionState;
  readonly ended?: number;
}

// Guards: nothing that was reported as recorded is lost, and nothing is half there, when the process dies.
test(`a writer is killed ${rounds} times, and what it said was done is there`, async () => {
  const { directory, remove } = temporaryDirectory();
  try {
    const said: Said[] = [];
    let interrupted = 0;
    for (let round = 0; round < rounds; round += 1) {
      said.push(...(await writeUntilKilled(directory, 1 + ((round * 11) % 37), (round * 7) % 12)));
      const store = StateStore.open(directory, standingClock());
      try {
        compare(store, said);
        if (store.journal.open() !== undefined) interrupted += 1;
      } finally {
        store.close();
      }
      const raw = new DatabaseSync(join(directory, 'aorta.db'));
      expect(raw.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      expect(raw.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
      raw.close();
    }
    console.log(`${said.length} transactions reported in ${rounds} rounds, ${interrupted} ended in a change`);
    // Else the kills hit nothing and this test proves nothing.
    expect(interrupted).toBeGreaterThan(0);
    expect(said.length).toBeGreaterThan(rounds);
  } finally {
    remove();
  }
});

/**
 * @param later milliseconds between that many lines and the kill: at once would always hit the same statement
 * @returns everything it said, also what was still in the pipe when it died
 */
async function writeUntilKilled(directory: string, lines: number, later: number): Promise<Said[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', writer, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const closed = once(child, 'close');
    const said: Said[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(JSON.parse(line));
      if (said.length === lines) setTimeout(() => child.kill('SIGKILL'), later);
    }
    expect(await closed).toEqual([null, 'SIGKILL']);
    return said;
  } finally {
    child.kill('SIGKILL');
  }
}

function compare(store: StateStore, said: readonly Said[]): void {
  const revisions = store.revisions.list();
  const oldest = revisions.at(-1)?.number ?? 0;
  const newest = revisions[0]?.number ?? 0;
  const byNumber = new Map(revisions.map((revision) => [revision.number, revision]));
  for (const { proposed, settled, state } of said) {
    if (proposed !== undefined) expect(proposed).toBeLessThanOrEqual(newest);
    // Older ones may have been pruned; the newest 50 never are.
    if (settled !== undefined && settled > newest - 50) expect(byNumber.get(settled)?.state).toBe(state);
  }
  expect(oldest).toBeGreaterThan(0);

  const pending = revisions.filter((revision) => revision.state === 'pending').map(({ number }) => number);
  const entry = store.journal.open();
  expect(pending).toEqual(entry?.revision === undefined ? [] : [entry.revision]);
  const advanced = said.findLast((one) => one.advanced !== undefined)?.advanced;
  if (entry !== undefined && advanced === entry.revision) expect(entry.phase).toBe('guarding');

  for (const { number, digest } of revisions) {
    const declaration = store.revisions.declaration(number);
    expect(declaration && declarationDigest(declaration)).toBe(digest);
  }

  const intents = new Map(store.intents.history().map((intent) => [intent.id, intent]));
  for (const { added, ended, settled } of said) {
    if (added !== undefined) expect(intents.has(added)).toBe(true);
    // Ended in the same transaction as the revision was settled.
    if (ended !== undefined) expect(intents.get(ended)?.endedBy).toBe(`revision ${settled}`);
  }
  for (const { endedBy } of intents.values()) {
    const settled = byNumber.get(Number(endedBy?.slice('revision '.length)));
    if (settled !== undefined) expect(settled.state).not.toBe('pending');
  }
}
