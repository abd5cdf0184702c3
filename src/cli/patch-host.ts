import type { CliContext } from './context.ts';
import type { RollOptions } from './rolling-host.ts';

/**
 * Has a host patched: by the command of the roll, or by somebody at the terminal.
 * @param addresses of the host's servers
 * @returns why it is not, as a clause
 */
export async function patchHost(
  target: string,
  addresses: readonly string[],
  { run, json }: RollOptions,
  context: CliContext,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (run === undefined) {
    const pressed = await context.ask(`patch ${target}, then press Enter `, signal);
    return pressed ? undefined : 'interrupted';
  }
  const environment = { AORTA_HOST: target, AORTA_ADDRESS: addresses.join(' ') };
  const ended = await context.machine.runCommand(run, environment, json ? 'stderr' : 'stdout');
  if (signal.aborted) return 'interrupted';
  if (ended.code === 0) return undefined;
  return ended.code === undefined
    ? `the command was ended by ${ended.signal ?? 'a signal'}`
    : `the command ended with ${ended.code}`;
}
