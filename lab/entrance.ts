import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';

/**
 * The words before a command by which it runs inside a machine of the lab, such as `nsenter --target 12 --net --`. None:
 * it runs where we are.
 */
export type Entrance = readonly string[];

/** A command with the words before it, as program and arguments. */
export function through(
  entrance: Entrance,
  program: string,
  words: readonly string[],
): readonly [string, string[]] {
  const [first = program, ...rest] = [...entrance, program, ...words];
  return [first, rest];
}

/** Starts a file of the lab on the Node that runs this, inside a machine; it speaks to its parent by messages. */
export function forkThrough(
  entrance: Entrance,
  file: string,
  words: readonly string[],
  options: Pick<ForkOptions, 'stdio'> = {},
): ChildProcess {
  const [execPath, execArgv] = through(entrance, process.execPath, ['--disable-warning=ExperimentalWarning']);
  return fork(file, words, { ...options, execPath, execArgv });
}
