import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { until } from './until.ts';

const aorta = fileURLToPath(new URL('../../bin/aorta', import.meta.url));

export interface CommandAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `aorta up` as a child process, with a directory of its own. */
export interface Product {
  readonly directory: string;
  /** The state directory. */
  readonly state: string;
  /** The declaration that it was started with; may be written anew before an `apply`. */
  readonly file: string;
  /** The HAProxy master. */
  haproxyPid(): Promise<number>;
  /** The HAProxy workers, old ones included. */
  workerPids(): Promise<number[]>;
  /** What the controller wrote so far. */
  output(): CommandAnswer;
  /** Runs a command of the product; `--state` is added for those that need it. */
  run(command: string, ...words: readonly string[]): Promise<CommandAnswer>;
  accessLog(): Promise<string[]>;
  /** Ends the controller and HAProxy, and removes the directory. */
  stop(): Promise<void>;
}

/** Runs one command of the product and waits for its end. Never throws for its exit code. */
export function runAorta(words: readonly string[]): Promise<CommandAnswer> {
  return new Promise((resolve) => {
    execFile(aorta, words, { timeout: 60_000, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
        stdout,
        stderr,
      });
    });
  });
}

/** Starts the product with a declaration (JSON is YAML) and resolves when it is in service. */
export async function startProduct(declaration: object): Promise<Product> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-'));
  const state = join(directory, 'state');
  const file = join(directory, 'aorta.yaml');
  await writeFile(file, JSON.stringify(declaration, undefined, 1));
  const child = spawn(aorta, ['up', file, '--state', state], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (part) => {
    texts.stdout += String(part);
  });
  child.stderr.on('data', (part) => {
    texts.stderr += String(part);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const paths = runtimePaths(state);
  const haproxyPid = async () => Number(await readFile(paths.pidFile, 'utf8'));

  const stop = async (): Promise<void> => {
    try {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT');
        // The second interrupt ends connections that a failed test may have left open.
        const timer = setTimeout(() => child.kill('SIGINT'), 1_000);
        const last = setTimeout(() => child.kill('SIGKILL'), 15_000);
        await ended;
        clearTimeout(timer);
        clearTimeout(last);
      }
      await endLeftovers(paths.pidFile, state);
    } finally {
      await rm(directory, { recursive: true, force: true });
      if (!paths.directory.startsWith(directory)) await rm(paths.directory, { recursive: true, force: true });
    }
  };
  try {
    await until(
      'the product is in service',
      () => {
        if (child.exitCode !== null) throw new Error(`aorta up ended:\n${texts.stdout}${texts.stderr}`);
        return texts.stdout.includes('in service') ? true : undefined;
      },
      30_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    directory,
    state,
    file,
    haproxyPid,
    workerPids: async () => childrenOf(await haproxyPid()),
    output: () => ({ code: child.exitCode ?? 0, ...texts }),
    run: (command, ...words) =>
      runAorta([
        command,
        ...words,
        ...(['apply', 'status', 'down'].includes(command) ? ['--state', state] : []),
      ]),
    accessLog: async () =>
      (await readFile(join(state, 'log', 'access.log'), 'utf8')).split('\n').filter((line) => line !== ''),
    stop,
  };
}

/** A HAProxy that outlived its controller. Its command line names the state directory, so it is ours. */
async function endLeftovers(pidFile: string, state: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
  if (!Number.isInteger(pid) || pid <= 1) return;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (!commandLine.includes(state) && !commandLine.includes(dirname(pidFile))) return;
  const all = [pid, ...(await childrenOf(pid))];
  for (const one of all) process.kill(one, 'SIGKILL');
}

async function childrenOf(parent: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${parent}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${parent}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) =>
    list
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  );
}
