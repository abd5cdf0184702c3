import { existsSync } from 'node:fs';
import { runStep } from './step.mjs';

/** The words to put before a command that needs root: none, sudo, or undefined when there is no way. */
export async function rootAccess() {
  if (process.getuid() === 0) return [];
  if (!existsSync('/usr/bin/sudo')) return undefined;
  const silent = await runStep('sudo', ['-n', 'true']);
  if (silent.code === 0) return ['sudo', '-n'];
  // sudo asks for the password on the terminal itself, whatever our streams are.
  return process.stdin.isTTY ? ['sudo'] : undefined;
}

/** Runs `command` as root and returns `{ code, output }`; a non-zero code is an answer, not an exception. */
export function asRoot(access, command) {
  const [program, ...args] = [...access, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
  return runStep(program, args);
}
