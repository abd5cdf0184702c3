import { readdir, writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

const NICE = -10;

/**
 * Gives every process of this room precedence over what else the machine does, so that not that is measured. The kernel
 * weighs sessions against each other first, if it groups by them, and threads within a session after that.
 */
export async function takePrecedence(): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      // A process may be gone by now; a kernel without such groups, or a container that forbids it, is no reason to stop.
      await writeFile(`/proc/${pid}/autogroup`, String(NICE)).catch(() => undefined);
      for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
        try {
          // Of one thread only, whatever its name says: setpriority(2), "C library/kernel differences".
          setPriority(Number(thread), NICE);
        } catch {
          // As above.
        }
      }
    }),
  );
}
