import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AddressMove } from '../../model/address-move.ts';
import type { Name } from '../../model/name.ts';
import { MoveJournal, readMoves } from './move-journal.ts';

function journalFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'moves');
}

const move = (at: number): AddressMove => ({ group: 'main' as Name, kind: 'came', at, before: at - 1 });

test('what was added is read by whoever comes later, the oldest first', async () => {
  const path = journalFile();
  expect(await readMoves(path)).toEqual([]);
  const journal = await MoveJournal.open(path);
  await journal.add(move(1));
  await journal.add(move(2));
  expect(await readMoves(path)).toEqual([move(1), move(2)]);
  expect((await MoveJournal.open(path)).moves).toEqual([move(1), move(2)]);
});

test('half a line, which a power cut left, spoils no other one', async () => {
  const path = journalFile();
  await (await MoveJournal.open(path)).add(move(1));
  appendFileSync(path, '\n{"group":"main","kind":"ca');
  await (await MoveJournal.open(path)).add(move(2));
  appendFileSync(path, '\n[]\nnull\n{"group":"main","kind":"odd","at":3}');
  expect(await readMoves(path)).toEqual([move(1), move(2)]);
});

test('it does not grow for ever', async () => {
  const path = journalFile();
  const journal = await MoveJournal.open(path);
  for (let at = 1; at <= 450; at += 1) await journal.add(move(at));
  const kept = await readMoves(path);
  expect(kept.length).toBeLessThanOrEqual(200);
  expect(kept.at(-1)).toEqual(move(450));
  expect(readFileSync(path).length).toBeLessThan(20_000);
});
