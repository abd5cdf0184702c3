// Run as a process of its own: `guardian.ts DIRECTORY`. When its standard input ends, which it also does when the test
// that holds the other side is killed, it ends what runs from the directory and removes the directory.
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { removePeersDirectory, runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { removeTicketDirectory } from '../../src/dataplane/tickets/ticket-directory.ts';
import { areGone } from './controller.ts';
import { until } from './until.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: guardian.ts DIRECTORY');

// Ctrl-C goes to all processes of a terminal; this one must live a little longer.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
for await (const _ of process.stdin);

const family = await processesOf(`${directory}/state`);
for (const pid of family) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
await until('all have ended', async () => ((await areGone(family)) ? true : undefined));
// Some tests put the state on a small disk of its own.
if ((await readFile('/proc/self/mounts', 'utf8')).includes(` ${directory}/state `)) {
  spawnSync('umount', ['-l', `${directory}/state`]);
}
await rm(directory, { recursive: true, force: true });
// What is elsewhere: sockets of a HAProxy with an account of its own, and keys that are kept in memory.
removePeersDirectory(runtimePaths(`${directory}/state`));
removeTicketDirectory(`${directory}/state`);

/** Controllers and what they started, of a state directory, whose name is random and so ours alone. */
async function processesOf(state: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => {
    const words = lines[index]?.split('\0') ?? [];
    const isController = words.includes('up') && words.includes(state);
    const isHaproxy = words.some((word) => word.startsWith(`${state}/run/master.sock,`));
    const isKeepalived = words.includes(`${state}/current/keepalived.conf`);
    const isWatchdog = words[words.indexOf('--state') + 1] === state;
    const isEtcd = words.some((word) => word.startsWith(`--data-dir=${state}/`));
    return isController || isHaproxy || isKeepalived || isWatchdog || isEtcd;
  });
}
