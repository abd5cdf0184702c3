import type picocolors from 'picocolors';
import type { ChangeAnswer } from '../contract/answers.ts';
import type { OnProgress } from '../contract/controller.ts';
import type { ApplyRequest } from '../contract/operations.ts';
import type { Rendering } from '../ir/rendering.ts';
import type { MachineSize } from '../model/machine-size.ts';
import type { LoadedNode } from './load-node.ts';

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
  /** The width of the terminal in characters; absent when there is none. */
  readonly columns?: number;
  /** The width of the terminal at standard error; absent when there is none, and nothing can be drawn in place. */
  readonly liveColumns?: number;
  /** Who runs the command, by the name of the account. */
  readonly user: string;
  readonly colors: Colors;
  /** Milliseconds since 1970. */
  now(): number;
  /** From now on the first Ctrl-C does not end the command but aborts this signal; the next one ends it. */
  onInterrupt(): AbortSignal;
  /** Shows a question and waits for Enter. @returns false when the signal, or the end of the input, came first */
  ask(question: string, signal: AbortSignal): Promise<boolean>;
  readonly machine: Machine;
}

/** What commands ask of this machine, without knowing the data plane. */
export interface Machine {
  /**
   * Lets the installed HAProxy, and keepalived when there is something for it, read a rendering.
   * @returns their complaints, empty when they take it
   */
  checkRendering(rendering: Rendering): Promise<readonly RenderingProblem[]>;
  /** How large this machine is. */
  size(): Promise<MachineSize>;
  /** Writes the files of a rendering, private keys with mode 0600. */
  writeRendering(rendering: Rendering, directory: string): Promise<void>;
  /** The socket on which the controller of a state directory answers. */
  controlSocket(stateDirectory: string): string;
  /**
   * Gives a command to the shell, with variables added to its environment. It has the terminal of this command.
   * @param output where its standard output goes
   */
  runCommand(
    command: string,
    environment: Readonly<Record<string, string>>,
    output: 'stdout' | 'stderr',
  ): Promise<CommandEnd>;
  /**
   * Runs the controller in this process until it is asked to end.
   * @throws Failure `already-running`, `state-unusable`, and what the environment refuses
   */
  runController(options: ControllerOptions): Promise<void>;
}

/** How a command ended: with its exit code, or by a signal. */
export interface CommandEnd {
  readonly code?: number;
  readonly signal?: string;
}

export interface RenderingProblem {
  readonly by: 'HAProxy' | 'keepalived' | 'BIRD';
  readonly line?: number;
  readonly what: string;
}

export interface ControllerOptions {
  readonly stateDirectory: string;
  /** The declaration to begin with; absent: the newest that was accepted. */
  readonly request?: ApplyRequest;
  /** What this machine says of itself; absent: nothing. */
  readonly node?: LoadedNode;
  /** Told about each stage of bringing it into service. */
  readonly onProgress: OnProgress;
  /** Told what was found of an earlier controller, a clause each. */
  onNote(note: string): void;
  /**
   * Told what became of it, as soon as that is known.
   * @returns whether to stay: a controller whose declaration was refused ends, and leaves a running HAProxy alone
   */
  onApplied(answer: ChangeAnswer): boolean;
  /** Told that HAProxy had died and whether it runs again. */
  onRevived(running: boolean): void;
  /** Told why the controller ends. */
  onEnding(reason: EndingReason): void;
}

/** `interrupt` and `down` end HAProxy too; `terminate` ends the controller only. */
export type EndingReason = 'interrupt' | 'terminate' | 'down';

/** 0 fine, 1 failed, 2 the user's mistake. */
export type ExitCode = 0 | 1 | 2;
