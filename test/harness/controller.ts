import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Status } from '../../src/model/status.ts';
import { until } from './until.ts';

/** The command as an operator has it. */
const binary = join(import.meta.dirname, '../../bin/aorta');

/** What one run of the command left. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `aorta` to its end, as an operator would. */
export async function aorta(...words: readonly string[]): Promise<CommandResult> {
  const child = spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = listenTo(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said() };
}

/** A running `aorta up`. */
export interface RunningController {
  readonly pid: number;
  /** The end of the process, whoever caused it. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly said: () => { readonly stdout: string; readonly stderr: string };
  /** Signals the controller, and nobody else. */
  signal(signal: NodeJS.Signals): void;
}

/** Another command in place of `aorta`, and its environment. */
export interface ControllerProgram {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Starts `aorta up [FILE] --state DIR` as a process of its own and resolves when its declaration is in service.
 * @param file absent: it goes on with the declaration that was in service
 * @throws Error with everything it said when it ends instead
 */
export async function startController(
  file: string | undefined,
  state: string,
  { command: [program, ...first], env }: ControllerProgram = { command: [binary], env: process.env },
): Promise<RunningController> {
  const words = [...first, 'up', ...(file === undefined ? [] : [file]), '--state', state];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const said = listenTo(child);
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  try {
    await until(
      'aorta up is in service',
      () => {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(
            `aorta up ended with ${child.exitCode ?? child.signalCode}:\n${said().stdout}${said().stderr}`,
          );
        }
        return said().stdout.includes('in service;') ? true : undefined;
      },
      60_000,
    );
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  return { pid: child.pid ?? 0, ended, said, signal: (signal) => void child.kill(signal) };
}

/** What `aorta status --json` says. @throws Error when it says nothing */
export async function statusOf(state: string): Promise<Status> {
  const { stdout, stderr } = await aorta('status', '--json', '--state', state);
  if (!stdout.startsWith('{')) throw new Error(`no status: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Status;
}

/** The processes of HAProxy below one state directory. */
export interface HaproxyProcesses {
  readonly master: number;
  readonly workers: readonly number[];
}

/** The HAProxy of a state directory; undefined when none runs. */
export async function haproxyOf(state: string): Promise<HaproxyProcesses | undefined> {
  const master = Number(await readFile(join(state, 'run', 'haproxy.pid'), 'utf8').catch(() => '0'));
  // A pid may be anybody's after its owner has ended: ours was started with this directory.
  if (!(await commandLine(master)).includes(state)) return undefined;
  const children = await readFile(`/proc/${master}/task/${master}/children`, 'utf8').catch(() => '');
  return { master, workers: children.split(' ').filter(Boolean).map(Number) };
}

/** Whether none of these processes runs any more. */
export async function areGone(pids: readonly number[]): Promise<boolean> {
  return (await Promise.all(pids.map(commandLine))).every((line) => line === '');
}

/** Empty for a process that is gone, or dead and not yet collected. */
async function commandLine(pid: number): Promise<string> {
  return pid > 0 ? readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
}

function listenTo(child: ChildProcess): () => { stdout: string; stderr: string } {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return () => ({ stdout, stderr });
}
