import type { Command } from '@commander-js/extra-typings';
import type { CliContext, ExitCode } from './context.ts';

/**
 * Adds the commands about servers, their certificates and drift.
 * @param done takes the exit code of the command that ran
 */
export function addServerCommands(
  _program: Command,
  _context: CliContext,
  _done: (code: ExitCode) => void,
): void {}
