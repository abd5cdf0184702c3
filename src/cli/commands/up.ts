import type { CliContext, EndingReason, ExitCode } from '../context.ts';
import { reportOutcome } from '../outcome.ts';
import { prepare } from '../send.ts';

/**
 * Runs the controller in the foreground. Ctrl-C ends the controller and HAProxy; a SIGTERM ends the controller only,
 * so that a service manager can restart it without touching traffic.
 */
export async function up(
  file: string,
  options: { readonly state: string; readonly json: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const request = await prepare(file, options.json, context);
  if (request === undefined) return 2;
  let exitCode: ExitCode = 0;
  await context.machine.runController({
    stateDirectory: options.state,
    request,
    onApplied: (answer) => {
      exitCode = reportOutcome(answer, options.json, context);
      if (exitCode === 0 && !options.json) context.write(`${hint(options.state)}\n`);
      return exitCode === 0;
    },
    onRevived: (running) => context.warn(running ? revived : notRevived),
    onEnding: (reason) => {
      if (!options.json) context.warn(`${endings[reason]}\n`);
    },
  });
  return exitCode;
}

const revived = 'HAProxy had ended although nobody asked; it was started again\n';
const notRevived =
  'HAProxy has ended although nobody asked, and does not start again; see the log of HAProxy\n';

function hint(state: string): string {
  const option = state === '.aorta' ? '' : ` --state ${state}`;
  return `in service; \`aorta status --watch${option}\` shows it, Ctrl-C ends HAProxy and the controller`;
}

const endings: Readonly<Record<EndingReason, string>> = {
  interrupt: 'ending HAProxy and the controller; requests may finish first (Ctrl-C again ends them at once)',
  terminate: 'ending the controller; HAProxy goes on, and `aorta up` takes it over again',
  down: 'ending HAProxy and the controller, as `aorta down` asked',
};
