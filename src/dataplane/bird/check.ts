import type { Problem } from '../port.ts';
import { type Execution, execute } from '../system/exec.ts';

/** In milliseconds. */
const timeLimit = 30_000;

const mend = 'see what BIRD says; when the declaration looks right, report this as a defect of Aorta';

/** Lets BIRD read a file without running it. Gives back why it refuses; nothing when it accepts. */
export async function checkBird(binary: string, file: string): Promise<readonly Problem[]> {
  return readBirdCheck(await execute(binary, ['-p', '-c', file], timeLimit));
}

export function readBirdCheck({ code, timedOut, stderr }: Execution): readonly Problem[] {
  if (code === 0) return [];
  const problem = (what: string): Problem => ({ code: 'bird-refused', what, mend });
  if (timedOut) return [problem(`the check did not end within ${timeLimit / 1_000} s`)];
  const complaints = readComplaints(stderr);
  if (complaints.length > 0) return complaints.map(problem);
  return [problem(`BIRD refused without a word (exit code ${code ?? 'none'})`)];
}

/** What it says is wrong, with the line of the file in place of its path. */
export function readComplaints(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^bird: /, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\S*\/bird\.conf:(\d+):\d+ /, 'line $1 of bird.conf: '));
}
