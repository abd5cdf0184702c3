import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Entrance } from '../entrance.ts';

/** What a machine has of its own. All of it goes when its first process does, and that one goes with us. */
const OWN = [
  ...['--net', '--pid', '--mount', '--uts', '--fork', '--mount-proc'],
  ...['--propagation', 'private', '--kill-child=KILL'],
];

/**
 * The first process of a machine: names it, then only waits, and so buries what others leave. `/run` and the memory that
 * programs share are its own, because there they keep the numbers of their processes, and what must end with the machine.
 */
const FIRST = [
  'set -e',
  'hostname "$1"',
  'mount -t tmpfs -o mode=0755,size=16m none /run',
  'mount -t tmpfs -o mode=1777,size=16m none /dev/shm',
  'ip link set dev lo up',
  'echo ready',
  'sleep infinity &',
  'wait $!',
].join('\n');

/** A machine of the lab: a network without a cable, processes and a name of its own, on the files of this room. */
export class Machine {
  readonly name: string;
  /** Its first process, as we see it. */
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly #outside: ChildProcess;

  private constructor(name: string, pid: number, outside: ChildProcess) {
    this.name = name;
    this.pid = pid;
    this.#outside = outside;
    this.ended = once(outside, 'exit').then(() => undefined);
  }

  /** Only in a room: whoever opened it must be followed by its machines, however that ends. */
  static async open(name: string): Promise<Machine> {
    const outside = spawn('unshare', [...OWN, 'sh', '-c', FIRST, 'machine', name], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    outside.stderr.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    const ended = once(outside, 'close').then(([code]) => {
      throw new Error(`the machine ${name} ended with ${code} before it was ready: ${said.trim()}`);
    });
    await Promise.race([once(outside.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    outside.stdout.destroy();
    const children = await readFile(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8');
    return new Machine(name, Number(children.trim()), outside);
  }

  /** Into its network only: what is started is our own child under its own number. */
  get network(): Entrance {
    return ['nsenter', '--target', String(this.pid), '--net', '--'];
  }

  /** Into all of it, as somebody at its terminal. */
  get inside(): Entrance {
    return ['nsenter', '--target', String(this.pid), '--net', '--pid', '--mount', '--uts', '--'];
  }

  /** Every process in it is killed at once, by the kernel. */
  async end(): Promise<void> {
    if (this.#outside.exitCode === null && this.#outside.signalCode === null)
      process.kill(this.pid, 'SIGKILL');
    await this.ended;
  }
}
