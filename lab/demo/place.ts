import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { Mistake } from './options.ts';

/** Where one checkout's demonstration lives: a loopback network of its own, so that two checkouts do not collide. */
export interface Place {
  /** The first three numbers of its /24. */
  readonly prefix: string;
  readonly apis: string;
  readonly apps: string;
}

/** The same checkout always gets the same place, so that a URL can be kept in a browser. */
export function placeFor(checkout: string): Place {
  const digest = createHash('sha256').update(checkout).digest();
  // 127.0 is where everybody else is; 255 is the broadcast address.
  const second = 64 + ((digest[0] ?? 0) % 128);
  const third = 1 + ((digest[1] ?? 0) % 254);
  const prefix = `127.${second}.${third}`;
  return { prefix, apis: `${prefix}.1`, apps: `${prefix}.2` };
}

/**
 * Makes sure that this checkout is not started twice. The lock is a name in the kernel, which goes with the process.
 * @throws Mistake
 */
export function claimCheckout(checkout: string): Promise<void> {
  const name = `\0aorta-start-${createHash('sha256').update(checkout).digest('hex').slice(0, 32)}`;
  return new Promise((resolve, reject) => {
    const lock = createServer().once('error', () => {
      reject(new Mistake('`npm start` already runs for this checkout; end it with Ctrl-C where it runs'));
    });
    lock.listen(name, resolve).unref();
  });
}

/** @throws Mistake when a port of the two services cannot be had, saying which and why */
export async function refuseTaken({ apis, apps }: Place): Promise<void> {
  for (const address of [apis, apps]) {
    for (const port of [443, 80]) {
      const code = await tryPort(address, port);
      if (code === 'EACCES') {
        throw new Mistake(`port ${port} needs a privileged account: run \`sudo npm start\``);
      }
      if (code !== undefined) {
        throw new Mistake(
          `${address} port ${port} is taken (${code}): end the program that holds it (\`ss -ltnp\` names it)`,
        );
      }
    }
  }
}

function tryPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
