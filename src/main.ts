import { userInfo } from 'node:os';
import picocolors from 'picocolors';
import { run } from './cli/program.ts';
import { localMachine } from './daemon/machine.ts';
import { ask, onInterrupt } from './daemon/terminal.ts';

const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;

// A reader that went away (`aorta explain FILE | head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  warn: (text) => process.stderr.write(text),
  interactive,
  ...(process.stdout.isTTY === true ? { columns: process.stdout.columns } : {}),
  // Some terminals do not know how wide they are, and say 0.
  ...(process.stderr.isTTY === true ? { liveColumns: process.stderr.columns || 80 } : {}),
  user: accountName(),
  colors: picocolors.createColors(process.stdout.isTTY === true && process.env.NO_COLOR === undefined),
  now: () => Date.now(),
  onInterrupt,
  ask,
  machine: localMachine,
});

/** The person behind `sudo`, else the account. An account without a name has its number. */
function accountName(): string {
  const { SUDO_USER } = process.env;
  if (SUDO_USER !== undefined && SUDO_USER !== '') return SUDO_USER;
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
