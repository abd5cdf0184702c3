// Run as a process of its own: `store-writer.ts DIRECTORY`. Records changes without end, until it is killed, and says on
// its standard output what is done, one JSON value a line, after the call has returned.

import { writeSync } from 'node:fs';
import { isName } from '../../src/model/name.ts';
import { StateStore } from '../../src/store/state-store.ts';
import { declarationOf, draftOf, readFileContent, standingClock } from '../../src/store/store-fixture.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: store-writer.ts DIRECTORY');

const clock = standingClock();
const store = StateStore.open(directory, clock);
const host = 'api-1';
if (!isName(host)) throw new Error('not a name');

const left = store.journal.open()?.revision;
if (left !== undefined) {
  store.revisions.settle(left, 'reverted', ['It was interrupted.']);
  said({ settled: left, state: 'reverted' });
}
// Days pass, so that pruning has something to do.
clock.time += (store.revisions.list(1)[0]?.number ?? 0) * 24 * 3_600_000;

for (let turn = 0; ; turn += 1) {
  // Many parts, so that a kill has something to come between.
  const parts = Array.from({ length: 20 }, (_, part) => [
    `part ${part}`,
    readFileContent(`${part} ${turn % 7} `.repeat(500)),
  ]);
  const files = Object.fromEntries([...parts, ['turn', readFileContent(`${process.pid} ${turn}`)]]);
  const declaration = declarationOf(`turn ${process.pid} ${turn}`.repeat(500), files);
  const { number } = store.revisions.propose(draftOf(declaration), { phase: 'operating', to: turn + 1 });
  said({ proposed: number });
  store.journal.advance({ phase: 'guarding' });
  said({ advanced: number });
  const wish = {
    wish: { kind: 'drain' },
    target: { kind: 'host', host },
    author: 'ann',
    reason: 'r',
  } as const;
  const intent = store.intents.add(wish).id;
  said({ added: intent });
  const state = turn % 3 === 0 ? 'reverted' : 'committed';
  // Three things at once: a revision, the journal and an intent.
  store.atomically(() => {
    store.revisions.settle(number, state);
    store.intents.end([intent], { author: `revision ${number}` });
  });
  said({ settled: number, state, ended: intent });
  if (turn % 5 === 4) {
    clock.time += 100 * 24 * 3_600_000;
    store.revisions.prune();
  }
}

function said(what: Readonly<Record<string, number | string>>): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
