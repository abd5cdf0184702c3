/**
 * The watchdog: a process of its own, so that keepalived, or BIRD, learns of a HAProxy that hangs also when the controller is dead.
 * Started by the controller; ends at a SIGTERM, or when the pid file is gone or another one's. Arguments: `--state DIRECTORY`.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { birdFiles } from '../bird/files.ts';
import { ensureTrackFile, readTrackFile } from '../keepalived/track-file.ts';
import { runtimePaths } from '../runtime-paths.ts';
import { BirdTeller } from './bird-teller.ts';
import { watchdogPidFile } from './pid-file.ts';
import { watch } from './watch.ts';

const [, state] = process.argv.slice(2);
if (state === undefined) throw new Error('usage: main.ts --state DIRECTORY');

const paths = runtimePaths(state);
const pidFile = watchdogPidFile(paths);

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
const end = watch(
  paths,
  before?.fault === true,
  (fault, why) => log(`${why}: ${fault ? 'unfit' : 'fit'} to hold addresses`),
  () => {
    if (isWanted()) return;
    log('not wanted any more');
    end();
  },
  new BirdTeller(birdFiles(paths)),
);
process.once('SIGTERM', () => {
  log('ended');
  end();
  if (isWanted()) rmSync(pidFile, { force: true });
});
