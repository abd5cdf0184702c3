import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Patches hosts by `aorta roll`, whose command for a host waits until the lab has done what is to be done to it.
 * @param directory for the words between the two
 * @param patch what is done to each host
 * @param run runs the product's command
 */
export async function rollWith(
  directory: string,
  hosts: readonly string[],
  patch: (host: string) => Promise<void>,
  run: (words: readonly string[]) => Promise<void>,
): Promise<void> {
  const wish = join(directory, 'patch-');
  // The command of the roll leaves a wish and waits until it has been granted.
  const command = `touch "${wish}$AORTA_HOST"; while [ -e "${wish}$AORTA_HOST" ]; do sleep 0.05; done`;
  let rolling = true;
  const grant = async (): Promise<void> => {
    for (; rolling; await pause(50)) {
      for (const host of hosts) {
        if (!(await exists(wish + host))) continue;
        await patch(host);
        await rm(wish + host);
      }
    }
  };
  const granting = grant();
  // Lab servers are warm sooner than those of a hospital, for which twice the time is the default.
  await run(['roll', ...hosts, '--run', command, '--settle', '5s', '--reason', 'patches']);
  rolling = false;
  await granting;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
