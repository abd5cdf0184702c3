import type { Problem } from '../port.ts';
import type { Execution } from '../system/exec.ts';
import { execute } from '../system/exec.ts';

/** Reading 50,000 servers takes seconds on a small machine; a check that takes longer hangs. */
const timeLimit = 60_000;

const mend = 'see what HAProxy says; when the declaration looks right, report this as a defect of Aorta';

/** Lets HAProxy read a configuration without running it. Gives back why it refuses; nothing when it accepts. */
export async function checkConfiguration(binary: string, file: string): Promise<readonly Problem[]> {
  return readCheck(await execute(binary, ['-c', '-f', file], timeLimit));
}

export function readCheck(execution: Execution): readonly Problem[] {
  if (execution.code === 0) return [];
  if (execution.timedOut) {
    return [{ code: 'check-failed', what: `the check did not end within ${timeLimit / 1_000} s`, mend }];
  }
  const alerts = readAlerts(execution.stderr);
  if (alerts.length > 0) return alerts.map((alert) => ({ code: 'check-failed', ...alert, mend }));
  return [
    {
      code: 'check-failed',
      what: `HAProxy refused without a word (exit code ${execution.code ?? 'none'})`,
      mend,
    },
  ];
}

export interface Alert {
  /** The line of haproxy.cfg, from 1. */
  readonly line?: number;
  readonly what: string;
}

/** Summaries that follow an alert with a reason. */
const summary =
  /^(Error\(s\) found in configuration file|Fatal errors found in configuration|Some protocols failed)/;

/** Takes the alerts out of what HAProxy wrote to stderr. Lines that begin with blanks go on with the alert before. */
export function readAlerts(text: string): readonly Alert[] {
  const alerts: Alert[] = [];
  const summaries: Alert[] = [];
  let last: Alert[] | undefined;
  for (const line of text.split('\n')) {
    const message = /^\[ALERT\]\s*(?:[\d/]+\s*)?\(\d+\)\s*:\s*(.*)$/.exec(line)?.[1];
    const previous = last?.at(-1);
    if (message !== undefined) {
      const alert = readAlert(message);
      last = summary.test(alert.what) ? summaries : alerts;
      last.push(alert);
    } else if (/^\s+\S/.test(line) && last !== undefined && previous !== undefined) {
      last[last.length - 1] = { ...previous, what: `${previous.what} ${line.trim()}` };
    } else {
      last = undefined;
    }
  }
  return alerts.length > 0 ? alerts : summaries;
}

function readAlert(message: string): Alert {
  const text = message.replace(/^config\s*:\s*/, '').replace(/^\[haproxy\.main\(\)\]\s*/, '');
  const place = /^(?:parsing|Binding)?\s*\[[^\]]*\.cfg:(\d+)\]\s*(?::|for)?\s*/.exec(text);
  if (place === null) return { what: text.replace(/\.$/, '') };
  return { line: Number(place[1]), what: text.slice(place[0].length).replace(/\.$/, '') };
}
