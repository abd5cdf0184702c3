import { chmod, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../kernel/failure.ts';

/**
 * Serves the API on a unix socket that only this account can open. The socket is also the lock: whoever listens
 * owns the state directory.
 * @throws Failure `already-running` when another controller answers there
 */
export async function serveOn(api: FastifyInstance, socket: string): Promise<void> {
  try {
    await api.listen({ path: socket });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    if (await answers(socket)) {
      const mend = 'use `aorta apply FILE` to change it, `aorta down` to end it, or another --state';
      throw new Failure('already-running', `a controller already answers on ${socket}`, mend, {
        cause: error,
      });
    }
    // Left behind by a controller that was killed.
    await rm(socket, { force: true });
    await api.listen({ path: socket });
  }
  await chmod(socket, 0o600);
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
