import { networkInterfaces } from 'node:os';
import { moveFiles } from '../moves/move-files.ts';
import { MoveJournal } from '../moves/move-journal.ts';
import { readMoveNote } from '../moves/move-note.ts';
import { readWatchedGroups } from '../moves/watched-groups.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import { AddressWatch, type Circumstances } from './address-watch.ts';

/** Between two looks, in milliseconds; each takes 0.06 ms (measured). */
const rhythm = 50;
/** Until a move is told, in milliseconds: by then it is known what else has happened. */
const settling = 100;
/** Between two looks for groups that were added, in milliseconds. */
const groupsRhythm = 1_000;

/**
 * Looks at the interfaces all the time, and writes into the journal what comes and leaves. The disk is never waited for:
 * one that is slow must not keep the watchdog from its work.
 * @param circumstances what is wrong with HAProxy, whenever it is looked at
 * @returns what writes down what it has seen, and ends
 */
export async function followAddresses(
  state: string,
  paths: RuntimePaths,
  circumstances: Pick<Circumstances, 'fault'>,
  log: (text: string) => void,
): Promise<() => Promise<void>> {
  const journal = await MoveJournal.open(moveFiles(state).journal);
  const watch = new AddressWatch(journal.moves);
  let groups = (await readWatchedGroups(paths)) ?? [];
  let writing = Promise.resolve();

  const write = (until: number): void => {
    if (!watch.waits) return;
    writing = writing.then(async () => {
      const note = await readMoveNote(paths);
      for (const move of watch.tell({ ...circumstances, note }, until)) {
        log(`${move.group} ${move.kind}`);
        await journal.add(move).catch((error: unknown) => log(`not written down: ${String(error)}`));
      }
    });
  };
  const look = (): void => {
    const at = Date.now();
    const all = networkInterfaces();
    const addressesOn = (device: string) => {
      const found = all[device];
      return found && new Set(found.map(({ address }) => address));
    };
    watch.look({ at, groups, addressesOn });
    write(at - settling);
  };
  const looks = setInterval(look, rhythm);
  const renewals = setInterval(() => {
    // Without a file: the addresses are being given up for good.
    void readWatchedGroups(paths).then((found) => {
      groups = found ?? groups;
    });
  }, groupsRhythm);

  look();
  return async () => {
    clearInterval(looks);
    clearInterval(renewals);
    look();
    write(Number.POSITIVE_INFINITY);
    await writing;
  };
}
