import type { Problem } from '../port.ts';
import { type Execution, execute } from '../system/exec.ts';

/** In milliseconds. */
const timeLimit = 30_000;

const mend =
  'see what keepalived says, and whether the node file names the right interface; when both look right, report this as a defect of Aorta';

/**
 * Lets keepalived read a file without running it. Gives back why it refuses; nothing when it accepts. It must be asked
 * before every reload: a keepalived that reads what it does not understand ends, and leaves its addresses where they are
 * (measured).
 */
export async function checkKeepalived(binary: string, file: string): Promise<readonly Problem[]> {
  return readKeepalivedCheck(await execute(binary, ['-t', '-f', file], timeLimit));
}

export function readKeepalivedCheck({ code, timedOut, stderr }: Execution): readonly Problem[] {
  if (code === 0) return [];
  const problem = (what: string): Problem => ({ code: 'keepalived-refused', what, mend });
  if (timedOut) return [problem(`the check did not end within ${timeLimit / 1_000} s`)];
  const complaints = readComplaints(stderr);
  if (complaints.length > 0) return complaints.map(problem);
  return [problem(`keepalived refused without a word (exit code ${code ?? 'none'})`)];
}

/** What it says of itself whether something is wrong or not. */
const ordinary =
  /deprecated|^(NOTICE|Starting|Running on|Command line|'|Configuration file|Opening file|Startup|Reload|Registering|Stopped|CPU usage|pid \d+ exited|Printing)|Entering \w+ STATE|process event listen/;

/** The lines in which keepalived says what is wrong, without times and paths. */
export function readComplaints(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^\w{3} \w{3} +\d+ [\d:]{8} \d{4}: /, '').trim())
    .filter((line) => line !== '' && !ordinary.test(line))
    .map((line) => line.replace(/^\(\S*\/keepalived\.conf: Line (\d+)\)\s*/, 'line $1 of keepalived.conf: '));
}
