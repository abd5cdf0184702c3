import type picocolors from 'picocolors';
import type { Rendering } from '../ir/rendering.ts';

/** Functions that colour text, or leave it as it is. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** What a command may use of the world. Everything else is injected by the composition root. */
export interface CliContext {
  /** One write to standard output: results. */
  write(text: string): void;
  /** One write to standard error: progress and reasons. */
  warn(text: string): void;
  /** Whether a person sits at standard input and output. */
  readonly interactive: boolean;
  readonly colors: Colors;
  /** Milliseconds since 1970. */
  now(): number;
  readonly machine: Machine;
}

/** What commands ask of this machine, without knowing the data plane. */
export interface Machine {
  /** Lets the installed HAProxy read a rendering. @returns its complaints, empty when it takes it */
  checkRendering(rendering: Rendering): Promise<readonly RenderingProblem[]>;
  /** Runs the controller in the foreground until it is asked to end. */
  runController(options: ControllerOptions): Promise<ExitCode>;
}

export interface RenderingProblem {
  readonly line?: number;
  readonly what: string;
}

export interface ControllerOptions {
  readonly file: string;
  readonly stateDirectory: string;
}

/** 0 fine, 1 failed, 2 the user's mistake. */
export type ExitCode = 0 | 1 | 2;
