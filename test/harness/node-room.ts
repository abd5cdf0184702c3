import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { type RunningController, startController } from './controller.ts';
import { guardDirectory } from './guarded-directory.ts';

interface Place {
  readonly address: string;
  readonly port: number;
}

/** What is in the network of a node, beside the node. */
export interface RoomOrder {
  /** Servers that answer every request. */
  readonly servers: readonly Place[];
  /** Ports that somebody else holds. */
  readonly taken: readonly Place[];
  /** A unix socket that leads to the API of the node. */
  readonly relay: string;
  readonly api: Place;
}

/**
 * A node in a network of its own, so that two of them can have the same addresses on one machine. Its API is reached
 * from outside by a relay that only hands bytes over.
 */
export interface NodeRoom {
  readonly state: string;
  readonly controller: () => RunningController;
  /** Kills the controller; HAProxy goes on. */
  killController(): Promise<void>;
  end(): Promise<void>;
}

export interface NodeRoomOptions extends Pick<RoomOrder, 'servers' | 'taken'> {
  readonly name: string;
  /** Where its API is reached from here. */
  readonly endpoint: Endpoint;
  /** The directory of the keys of the pair. */
  readonly keys: string;
  readonly declaration: object;
}

const api: Place = { address: '127.0.0.1', port: 7443 };
const binary = fileURLToPath(new URL('../../bin/aorta', import.meta.url));
const main = fileURLToPath(new URL('node-room-main.ts', import.meta.url));

export async function openNodeRoom(options: NodeRoomOptions): Promise<NodeRoom> {
  const { name, endpoint, keys, declaration, servers, taken } = options;
  const guarded = await guardDirectory('aorta-');
  const { directory, state } = guarded;
  const relay = join(directory, 'relay.sock');
  const order: RoomOrder = { servers, taken, relay, api };
  const words = [
    '--net',
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    main,
    JSON.stringify(order),
  ];
  const room = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(room, 'close');
  const door = createServer((outside) => {
    const inside = connect(relay);
    outside.on('error', () => inside.destroy()).on('close', () => inside.destroy());
    inside.on('error', () => outside.destroy()).on('close', () => outside.destroy());
    outside.pipe(inside).pipe(outside);
  });
  let controller: RunningController | undefined;
  const end = async () => {
    await new Promise((resolve) => door.close(resolve));
    await guarded.end();
    room.stdin.end();
    await ended;
  };
  try {
    await Promise.race([once(room.stdout, 'data'), ended.then(() => Promise.reject(new Error('no room')))]);
    await new Promise<void>((resolve) => door.listen(endpoint.port, endpoint.host, resolve));
    await mkdir(state, { mode: 0o700 });
    const nodeFile = { node: name, api, keys };
    await writeFile(join(state, 'node.yaml'), JSON.stringify(nodeFile, undefined, 1));
    const file = join(directory, 'aorta.yaml');
    await writeFile(file, JSON.stringify(declaration, undefined, 1));
    controller = await startController(file, state, {
      command: ['nsenter', `--net=/proc/${room.pid}/ns/net`, binary],
      env: process.env,
    });
  } catch (error) {
    await end();
    throw error;
  }
  const running = controller;
  return {
    state,
    controller: () => running,
    killController: async () => {
      running.signal('SIGKILL');
      await running.ended;
    },
    end,
  };
}
