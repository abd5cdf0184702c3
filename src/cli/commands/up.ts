import type { CliContext, EndingReason, ExitCode } from '../context.ts';
import { liveStages } from '../live-stages.ts';
import { loadNode, loadNodeOf } from '../load-node.ts';
import { defaultKeys, type WhereOptions, whereHint } from '../options.ts';
import { reportOutcome } from '../outcome.ts';
import { prepare } from '../send.ts';

/**
 * Runs the controller in the foreground, without a file with the newest revision of the state directory. Ctrl-C ends
 * the controller and HAProxy; a SIGTERM ends the controller only, so that a service manager can restart it without
 * touching traffic.
 */
export async function up(
  file: string | undefined,
  options: Pick<WhereOptions, 'state'> & { readonly json: boolean; readonly nodeFile?: string | undefined },
  context: CliContext,
): Promise<ExitCode> {
  const where = { ...options, keys: defaultKeys };
  const node = await (options.nodeFile === undefined
    ? loadNodeOf(options.state)
    : loadNode(options.nodeFile));
  const prepared = file === undefined ? undefined : await prepare(file, context.now());
  if (!node.ok || prepared?.ok === false) {
    const findings = [...(node.ok ? [] : node.error), ...(prepared?.ok === false ? prepared.error : [])];
    return reportOutcome({ outcome: 'invalid', evidence: [], findings }, where, context);
  }
  const stages = liveStages(context);
  let exitCode: ExitCode = 0;
  const running = context.machine.runController({
    stateDirectory: options.state,
    ...(node.value === undefined ? {} : { node: node.value }),
    ...(prepared === undefined ? {} : { request: { ...prepared.value, author: context.user } }),
    onProgress: (progress) => {
      if (!options.json) stages.onProgress(progress);
    },
    onNote: (note) => context.warn(`${note}\n`),
    onApplied: (answer) => {
      stages.end();
      exitCode = reportOutcome(answer, where, context);
      if (exitCode === 0 && !options.json) context.write(`${hint(options.state)}\n`);
      return exitCode === 0;
    },
    onRevived: (running) => context.warn(running ? revived : notRevived),
    onEnding: (reason) => {
      if (!options.json) context.warn(`${endings[reason]}\n`);
    },
  });
  await running.finally(stages.end);
  return exitCode;
}

const revived = 'HAProxy had ended although nobody asked; it was started again\n';
const notRevived =
  'HAProxy has ended although nobody asked, and does not start again; see the log of HAProxy\n';

function hint(state: string): string {
  return `in service; \`aorta status --watch${whereHint({ state, keys: defaultKeys })}\` shows it, Ctrl-C ends HAProxy and the controller`;
}

const endings: Readonly<Record<EndingReason, string>> = {
  interrupt: 'ending HAProxy and the controller; requests may finish first (Ctrl-C again ends them at once)',
  terminate: 'ending the controller; HAProxy goes on, and `aorta up` takes it over again',
  down: 'ending HAProxy and the controller, as `aorta down` asked',
};
