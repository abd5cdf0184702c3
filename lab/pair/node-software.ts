import type { StatusWatch } from '../scenario/status-watch.ts';
import type { Machine } from './machine.ts';

/** What makes a balancer of a machine. */
export interface NodeSoftware {
  /** What it says of itself; absent when it says nothing. */
  readonly watch?: StatusWatch;
  /** Commands that did not end well, and what they said. */
  readonly failures: readonly string[];
  /** Resolves when it is in service. It may have run before, on a machine that has ended. */
  start(machine: Machine): Promise<void>;
  run(words: readonly string[]): Promise<void>;
  /** Writes its declaration with some parameters of the blueprint added or replaced. @returns the file */
  declare(parameters: Readonly<Record<string, unknown>>): Promise<string>;
}
