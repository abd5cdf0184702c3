import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** How a command ended, with what it printed. */
export interface Execution {
  /** Absent when a signal or the time limit ended it. */
  readonly code?: number;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command ended that had the terminal: with its exit code, or by a signal. */
interface ShellEnd {
  readonly code?: number;
  readonly signal?: string;
}

/**
 * Gives an operator's own command to the shell, where the operator is: same directory, environment and terminal. A
 * Ctrl-C there reaches it too.
 * @param environment variables to add
 * @param output where its standard output goes
 */
export function runInShell(
  command: string,
  environment: Readonly<Record<string, string>>,
  output: 'stdout' | 'stderr',
): Promise<ShellEnd> {
  return new Promise((settle, reject) => {
    const child = spawn('/bin/sh', ['-c', command], {
      env: { ...process.env, ...environment },
      stdio: ['inherit', output === 'stdout' ? 1 : 2, 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code, signal) =>
      settle({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) }),
    );
  });
}

/** A process that outlives the controller. */
export interface Detached {
  readonly pid: number;
  /** Resolves when it ends while this controller lives, with its exit code, if it has one. */
  readonly exited: Promise<number | undefined>;
}

/** More than this nobody reads; a command that prints more is cut off, not kept in memory. */
const mostOutput = 4 * 1024 * 1024;

/** Runs a command to its end, never through a shell. It is killed after the time limit (milliseconds). */
export function execute(file: string, args: readonly string[], timeLimit: number): Promise<Execution> {
  return new Promise((settle, reject) => {
    const child = spawn(file, args, { cwd: '/', env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeLimit);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      settle({ ...(code === null ? {} : { code }), timedOut, stdout: stdout(), stderr: stderr() });
    });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < mostOutput) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/**
 * Starts a process in a session of its own, so that no signal to the controller's terminal or group reaches it.
 * @param variables of its environment, besides those that are passed on
 */
export async function startDetached(
  file: string,
  args: readonly string[],
  output: { readonly stdout: number; readonly stderr: number },
  variables: Readonly<Record<string, string>> = {},
): Promise<Detached> {
  const child = spawn(file, args, {
    cwd: '/',
    env: { ...environment(), ...variables },
    detached: true,
    stdio: ['ignore', output.stdout, output.stderr],
  });
  const exited = new Promise<number | undefined>((settle) => {
    child.once('exit', (code) => settle(code ?? undefined));
  });
  const pid = await spawned(child);
  child.unref();
  return { pid, exited };
}

function spawned(child: ChildProcess): Promise<number> {
  return new Promise((settle, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      if (child.pid === undefined) reject(new Error('a process without a pid'));
      else settle(child.pid);
    });
  });
}

/** Variables that change what HAProxy reads (HAPROXY_*) or speak to the supervisor of the controller itself. */
const notPassedOn = /^(HAPROXY_|NOTIFY_SOCKET$|WATCHDOG_|LISTEN_(FDS|PID|FDNAMES)$|NODE_)/;

function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !notPassedOn.test(name)));
}

/** Directories of system programs, which are not in the PATH of every account. */
const systemDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The absolute path of a program, looked up like a shell does; absent when there is none. */
export function findProgram(name: string): string | undefined {
  if (name.includes('/')) return isProgram(name) ? resolve(name) : undefined;
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...systemDirectories];
  return directories
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, name))
    .find((path) => isProgram(path));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
