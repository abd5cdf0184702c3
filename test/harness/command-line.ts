import picocolors from 'picocolors';
import type { CliContext, ControllerOptions } from '../../src/cli/context.ts';
import { run } from '../../src/cli/program.ts';
import { runInShell } from '../../src/dataplane/system/exec.ts';

export interface CommandWorld {
  /** Where the controller answers, whatever `--state` says. */
  readonly socket: string;
  /** Whether output goes to a terminal of 80 characters. */
  readonly terminal?: boolean;
  /** What `aorta up` does. */
  readonly onRun?: (options: ControllerOptions) => Promise<void>;
  /** Milliseconds since 1970; always 0 without it. */
  readonly now?: CliContext['now'];
  /** The person at the terminal; without one nobody is there. */
  readonly ask?: CliContext['ask'];
  /** What Ctrl-C aborts. */
  readonly interrupt?: AbortSignal;
  /** Told everything that was said so far, after each piece. */
  readonly onSaid?: (said: { readonly out: string; readonly err: string }) => void;
}

/** Runs a command line in this process, with the real client, as the account `jdoe`. */
export async function commandLine(
  words: readonly string[],
  world: CommandWorld,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const { socket, terminal = false, onRun = () => refuse('run'), ask } = world;
  const said = { out: '', err: '' };
  const code = await run(words, {
    write: (text) => {
      said.out += text;
      world.onSaid?.(said);
    },
    warn: (text) => {
      said.err += text;
      world.onSaid?.(said);
    },
    interactive: ask !== undefined,
    ...(terminal ? { columns: 80, liveColumns: 80 } : {}),
    user: 'jdoe',
    colors: picocolors.createColors(false),
    now: world.now ?? (() => 0),
    onInterrupt: () => world.interrupt ?? new AbortController().signal,
    ask: ask ?? (() => refuse('asked')),
    machine: {
      size: () => refuse('measured'),
      checkRendering: () => refuse('checked'),
      writeRendering: () => refuse('written'),
      runCommand: runInShell,
      runController: onRun,
      controlSocket: () => socket,
    },
  });
  return { code, ...said };
}

function refuse(what: string): Promise<never> {
  return Promise.reject(new Error(`nothing is ${what} here`));
}
