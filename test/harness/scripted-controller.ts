import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveOn } from '../../src/api/serve-on.ts';
import { createApi } from '../../src/api/server.ts';
import type { Controller } from '../../src/contract/controller.ts';

/** The real API on a real socket, before a controller that says what a test wants it to say. */
export interface ServedController {
  readonly directory: string;
  readonly socket: string;
  /** What the API reported as bugs. */
  readonly bugs: readonly unknown[];
  /** Breaks every connection, as the death of the controller would. */
  cut(): void;
  end(): Promise<void>;
}

/** @param script what the controller does; anything else that is asked of it is a bug */
export async function serveController(script: Partial<Controller>): Promise<ServedController> {
  const bugs: unknown[] = [];
  const directory = await mkdtemp(join(tmpdir(), 'aorta-api-'));
  const socket = join(directory, 'control.sock');
  const api = createApi({ ...silentController(), ...script }, (error) => bugs.push(error));
  try {
    await serveOn(api, socket);
  } catch (error) {
    await rm(directory, { recursive: true });
    throw error;
  }
  return {
    directory,
    socket,
    bugs,
    cut: () => api.server.closeAllConnections(),
    end: async () => {
      await api.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** A controller that was told nothing. */
export function silentController(): Controller {
  const refuse = () => Promise.reject(new Error('the test has not said what the controller does'));
  return {
    status: refuse,
    metrics: refuse,
    configuration: refuse,
    apply: refuse,
    plan: refuse,
    confirm: refuse,
    rollback: refuse,
    certificate: refuse,
    revisions: refuse,
    revision: refuse,
    intents: refuse,
    intend: refuse,
    enable: refuse,
    drift: refuse,
    resolveDrift: refuse,
    take: refuse,
    give: refuse,
    makeWay: refuse,
    retire: refuse,
    settle: refuse,
    rehearsed: refuse,
    withdraw: refuse,
    announce: refuse,
    relay: refuse,
    tickets: refuse,
    down: refuse,
  };
}
