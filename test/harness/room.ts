import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A machine of its own for a test, as far as network and processes go: loopback, an interface `front` with 10.77.0.11/24,
 * and a directory in memory. The kernel takes all of it away with the test, however that ends.
 */
export interface Room {
  /** In memory, and only inside. */
  readonly directory: string;
  /** Starts a program inside. */
  spawn(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  /** Runs a program inside to its end. @returns what it printed @throws Error when it fails */
  run(file: string, ...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/**
 * The first process of the room: it prepares it and ends with its standard input, and all others with it. Meanwhile it
 * buries those whose parents are gone.
 */
const first = [
  'set -e',
  'mount -t tmpfs -o mode=0711,size=64m none "$1"',
  'mount -t tmpfs -o mode=1777,size=16m none /dev/shm',
  'ip link set dev lo up',
  'ip link add front type veth peer name wire',
  'ip link set dev front up',
  'ip link set dev wire up',
  'ip address add 10.77.0.11/24 dev front',
  'echo ready',
  // The input of what runs in the background is another one, unless it has a number of its own.
  'exec 3<&0',
  'cat <&3 > /dev/null &',
  'wait $!',
].join('\n');

const namespaces = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--propagation', 'private'];

/** @throws Error without root */
export async function openRoom(): Promise<Room> {
  if (process.getuid?.() !== 0) throw new Error('this test needs root, for a network of its own');
  // Short: the paths of sockets below it must be.
  const directory = await mkdtemp(join(tmpdir(), 'aorta-room-'));
  const env = { ...process.env, TMPDIR: directory };
  const holder = spawn(
    'unshare',
    [...namespaces, '--kill-child=KILL', 'sh', '-c', first, 'room', directory],
    { stdio: ['pipe', 'pipe', 'inherit'], env },
  );
  const ended = once(holder, 'close');
  const close = async (): Promise<void> => {
    holder.kill('SIGKILL');
    await ended;
    await rmdir(directory);
  };
  const started = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!started) {
    await rmdir(directory);
    throw new Error('unshare does not make a room');
  }
  const inside = (await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')).trim();
  const spawnInside: Room['spawn'] = (file, args, variables = {}) =>
    spawn('nsenter', ['--target', inside, '--net', '--mount', '--pid', '--', file, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...env, ...variables },
    });
  return {
    directory,
    spawn: spawnInside,
    run: async (file, ...args) => {
      const child = spawnInside(file, args);
      let [stdout, stderr] = ['', ''];
      child.stdout?.on('data', (chunk) => {
        stdout += String(chunk);
      });
      child.stderr?.on('data', (chunk) => {
        stderr += String(chunk);
      });
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    },
    close,
  };
}
