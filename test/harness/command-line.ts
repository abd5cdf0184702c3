import picocolors from 'picocolors';
import type { ControllerOptions } from '../../src/cli/context.ts';
import { run } from '../../src/cli/program.ts';

export interface CommandWorld {
  /** Where the controller answers, whatever `--state` says. */
  readonly socket: string;
  /** Whether output goes to a terminal of 80 characters. */
  readonly terminal?: boolean;
  /** What `aorta up` does. */
  readonly onRun?: (options: ControllerOptions) => Promise<void>;
}

/** Runs a command line in this process, with the real client, as the account `jdoe`. */
export async function commandLine(
  words: readonly string[],
  { socket, terminal = false, onRun = () => refuse('run') }: CommandWorld,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await run(words, {
    write: (text) => {
      said.out += text;
    },
    warn: (text) => {
      said.err += text;
    },
    interactive: false,
    ...(terminal ? { columns: 80, liveColumns: 80 } : {}),
    user: 'jdoe',
    colors: picocolors.createColors(false),
    now: () => 0,
    onInterrupt: () => new AbortController().signal,
    ask: () => refuse('asked'),
    machine: {
      checkRendering: () => refuse('checked'),
      writeRendering: () => refuse('written'),
      runController: onRun,
      runCommand: () => refuse('run'),
      controlSocket: () => socket,
    },
  });
  return { code, ...said };
}

function refuse(what: string): Promise<never> {
  return Promise.reject(new Error(`nothing is ${what} here`));
}
