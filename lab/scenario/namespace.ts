import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';

/**
 * A room of its own for a program: a network with nothing but loopback, its own processes, and a directory in memory.
 * The kernel takes all of it away when the program ends or this process is gone, however that happens.
 */
const ROOM = [
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--mount-proc',
  '--propagation',
  'private',
  '--kill-child=KILL',
];

/** The first process of the room: prepares it, then only waits, and so buries what others leave. */
const FIRST = [
  'set -e',
  'mount -t tmpfs -o mode=0711,size=512m none "$1"',
  // Where keys of TLS tickets are.
  'mount -t tmpfs -o mode=1777,size=16m none /dev/shm',
  'ip link set lo up',
  'shift',
  '"$@" &',
  'wait $!',
].join('\n');

/** This machine cannot run a scenario; the message says what is missing. */
export class RoomError extends Error {
  override readonly name = 'RoomError';
}

export interface Room {
  /** In memory, and only inside. */
  readonly directory: string;
  /** Speaks to the program by messages. */
  readonly child: ChildProcess;
  /** Ends everything in it. */
  close(): Promise<void>;
}

/** Starts a program in a room of its own. Its messages come from `child`. @throws RoomError */
export async function openRoom(program: string, words: readonly string[]): Promise<Room> {
  if (process.getuid?.() !== 0) {
    throw new RoomError(
      'a scenario needs root, for a network of its own in which links are cut: run it with sudo',
    );
  }
  await collectLeftovers();
  // Short: the paths of sockets below it must be.
  const directory = await mkdtemp(`${prefix}${process.pid}-`);
  const child = spawn(
    'unshare',
    [
      ...ROOM,
      'sh',
      '-c',
      FIRST,
      'room',
      directory,
      process.execPath,
      ...NODE_OPTIONS,
      program,
      directory,
      ...words,
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Ctrl-C is for this process, which then closes the room.
      detached: true,
      // An ordinary PATH often lacks the folders where Debian puts nft and haproxy.
      env: {
        ...process.env,
        TMPDIR: directory,
        PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`,
      },
    },
  );
  const ended = once(child, 'exit').catch((error: unknown) => {
    throw new RoomError(`unshare does not run: ${String(error)}`);
  });
  return {
    directory,
    child,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
      await removeWhenFree(directory);
    },
  };
}

const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning'];
const prefix = '/tmp/aorta-room-';

/** Empty directories of runs that were killed; what was in them went with their room. */
async function collectLeftovers(): Promise<void> {
  for (const name of await readdir('/tmp')) {
    const pid = Number(/^aorta-room-(\d+)-/.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isAlive(pid)) await rmdir(join('/tmp', name)).catch(() => undefined);
  }
}

/** The kernel needs a moment for the last processes of the room. */
async function removeWhenFree(directory: string): Promise<void> {
  await rmdir(directory).catch((error: unknown) => {
    if ((error as { errno?: number }).errno !== -constants.errno.ENOENT) throw error;
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
