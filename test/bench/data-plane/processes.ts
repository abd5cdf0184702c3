import { execFile, spawn } from 'node:child_process';
import { open, readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../harness/until.ts';

const run = promisify(execFile);

/** One core is the balancer's, the others are those of the load and of the servers. */
export const balancerCore = '0';
export const otherCores = availableParallelism() > 2 ? `1-${availableParallelism() - 1}` : '1';

/** Keeps a command on some cores. */
export function onCores(cores: string, words: readonly string[]): readonly [string, ...string[]] {
  return ['taskset', '-c', cores, ...words];
}

export interface Started {
  readonly pid: number;
  /** What it wrote to standard error so far. */
  readonly said: () => Promise<string>;
  readonly hasEnded: () => boolean;
  /** Tells it to. */
  readonly end: () => void;
}

/**
 * Starts a program that ends with the room. Its standard output, where HAProxy writes its access log, is a file that is
 * only appended to, so that it can be cut.
 */
export async function start(
  [program, ...words]: readonly [string, ...string[]],
  directory: string,
  name: string,
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Started> {
  const out = await open(join(directory, `${name}.access.log`), 'a');
  const messages = join(directory, `${name}.messages`);
  const err = await open(messages, 'a');
  try {
    const child = spawn(program, words, {
      stdio: ['ignore', out.fd, err.fd],
      cwd: options.cwd ?? directory,
      env: { ...process.env, ...options.env },
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return {
      pid: child.pid ?? 0,
      said: () => readFile(messages, 'utf8'),
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
      end: () => void child.kill('SIGTERM'),
    };
  } finally {
    await out.close();
    await err.close();
  }
}

/** Waits until somebody takes connections there. @throws Error with what the programs said, when one ends instead */
export async function untilOpen(address: string, port: number, programs: readonly Started[]): Promise<void> {
  const asked = until(`${address}:${port} takes connections`, async () => {
    for (const program of programs)
      if (program.hasEnded()) throw new Error(`a balancer ended:\n${await program.said()}`);
    return (await isOpen(address, port)) ? true : undefined;
  });
  await asked.catch(async (error: unknown) => {
    const said = await Promise.all(programs.map((program) => program.said()));
    throw new Error(`${String(error)}\n${said.join('\n')}`);
  });
}

export function isOpen(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** These processes and all below them. */
export async function withDescendants(pids: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  for (const pid of pids) {
    const threads = await readdir(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8'));
    const children = (await Promise.all(lists)).flatMap((list) =>
      list.split(' ').filter(Boolean).map(Number),
    );
    found.push(pid, ...(await withDescendants(children)));
  }
  return found;
}

/** Processor time of processes so far, in microseconds. @param clock the compiled `cpu-clock.c` */
export async function processorTime(clock: string, pids: readonly number[]): Promise<number> {
  const { stdout } = await run(clock, pids.map(String));
  return stdout.split('\n').reduce((sum, line) => sum + Number(line), 0) / 1_000;
}
