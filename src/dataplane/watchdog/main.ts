/**
 * The watchdog: a process of its own, so that keepalived, or BIRD, learns of a HAProxy that hangs, and somebody remembers which
 * addresses came and left, also when the controller is dead. Started by the controller; ends at a SIGTERM, or when the pid
 * file is gone or another one's. Arguments: `--state DIRECTORY`.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { birdFiles } from '../bird/files.ts';
import { ensureTrackFile, readTrackFile } from '../keepalived/track-file.ts';
import { runtimePaths } from '../runtime-paths.ts';
import type { Circumstances } from './address-watch.ts';
import { BirdTeller } from './bird-teller.ts';
import { followAddresses } from './follow-addresses.ts';
import { watchdogPidFile } from './pid-file.ts';
import { watch } from './watch.ts';

const [, state] = process.argv.slice(2);
if (state === undefined) throw new Error('usage: main.ts --state DIRECTORY');

const paths = runtimePaths(state);
const pidFile = watchdogPidFile(paths);
const words = { answers: 'HAProxy answers', hung: 'HAProxy does not answer', died: 'HAProxy is not there' };

function log(text: string): void {
  console.log(`${new Date().toISOString()} ${text}`);
}

// A full disk must not end it.
process.stdout.on('error', () => undefined);

function isWanted(): boolean {
  try {
    return Number(readFileSync(pidFile, 'utf8')) === process.pid;
  } catch {
    return false;
  }
}

writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
await ensureTrackFile(paths.healthFile);
const before = await readTrackFile(paths.healthFile);
log(`watching HAProxy; it was ${before?.fault === true ? 'unfit' : 'fit'} to hold addresses`);
const circumstances: { fault?: Circumstances['fault'] } = {};
let answered: number | undefined;
const endWatch = watch(paths, before?.fault === true, {
  onChange: (fault, how) => {
    log(`${words[how]}: ${fault ? 'unfit' : 'fit'} to hold addresses`);
    circumstances.fault =
      how === 'answers'
        ? undefined
        : { kind: 'unfit', how, ...(answered === undefined ? {} : { answered }), noticed: Date.now() };
  },
  onAnswer: () => {
    answered = Date.now();
  },
  onSecond: () => {
    if (isWanted()) return;
    log('not wanted any more');
    void end();
  },
  bird: new BirdTeller(birdFiles(paths)),
});

const endFollowing = await followAddresses(state, paths, circumstances, log);

async function end(): Promise<void> {
  endWatch();
  await endFollowing();
}

process.once('SIGTERM', () => {
  log('ended');
  void end().then(() => {
    if (isWanted()) rmSync(pidFile, { force: true });
  });
});
