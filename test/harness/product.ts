import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  aorta,
  type CommandResult,
  haproxyOf,
  type RunningController,
  startController,
} from './controller.ts';
import { guardDirectory } from './guarded-directory.ts';

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
  workerPids(): Promise<readonly number[]>;
  readonly controller: RunningController;
  /** What the controller wrote so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Runs a command of the product; `--state` is added for those that need it. */
  run(command: string, ...words: readonly string[]): Promise<CommandResult>;
  accessLog(): Promise<string[]>;
  /** Ends the controller and HAProxy, and removes the directory. */
  stop(): Promise<void>;
}

/**
 * Starts the product with a declaration (JSON is YAML) and resolves when it is in service.
 * @param prepare writes what the declaration names into the directory that it is in
 */
export async function startProduct(
  declaration: object,
  prepare: (directory: string) => Promise<void> = () => Promise.resolve(),
): Promise<Product> {
  const { directory, state, end } = await guardDirectory('aorta-');
  const file = join(directory, 'aorta.yaml');
  try {
    await prepare(directory);
    await writeFile(file, JSON.stringify(declaration, undefined, 1));
    const controller = await startController(file, state);
    const haproxy = async () => {
      const found = await haproxyOf(state);
      if (found === undefined) throw new Error('HAProxy does not run');
      return found;
    };
    return {
      directory,
      state,
      file,
      haproxyPid: async () => (await haproxy()).master,
      workerPids: async () => (await haproxy()).workers,
      controller,
      output: controller.said,
      run: (command, ...words) =>
        aorta(
          command,
          ...words,
          ...(['init', 'check', 'explain', 'render'].includes(command) ? [] : ['--state', state]),
        ),
      accessLog: async () =>
        (await readFile(join(state, 'log', 'access.log'), 'utf8')).split('\n').filter((line) => line !== ''),
      stop: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
