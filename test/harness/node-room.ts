import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { bridgeTo } from './bridge.ts';
import { type ControllerProgram, type RunningController, startController } from './controller.ts';
import { guardDirectory } from './guarded-directory.ts';

interface Place {
  readonly address: string;
  readonly port: number;
}

/** The interface to the clients. @property address with the length of the prefix */
export interface RoomFront {
  readonly address: string;
  /** False: it has no link, so that keepalived is in fault and holds nothing. */
  readonly linked: boolean;
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
  /** Ports in here that lead to a unix socket, and so to somewhere outside. */
  readonly exits: readonly (Place & { readonly socket: string })[];
  /** The interface `front`; absent: there is none. */
  readonly front?: RoomFront;
}

/**
 * A node in a network of its own, so that two of them can have the same addresses on one machine. Its API is reached
 * from outside by a relay that only hands bytes over.
 */
export interface NodeRoom {
  readonly state: string;
  readonly directory: string;
  readonly controller: () => RunningController;
  /** Kills the controller; HAProxy goes on. */
  killController(): Promise<void>;
  /** Starts the controller again, after the one before has ended. @param file absent: it goes on with what it had */
  resume(file?: string): Promise<void>;
  /** The status of the answer that a client in there gets; 0: none. */
  fetch(url: string): Promise<number>;
  end(): Promise<void>;
}

export interface NodeRoomOptions extends Pick<RoomOrder, 'servers' | 'taken'> {
  readonly name: string;
  /** Where its API is reached from here. */
  readonly endpoint: Endpoint;
  /** The directory of the keys of the pair. */
  readonly keys: string;
  /** Absent: nothing is started. */
  readonly declaration?: object;
  /** What else stands in the node file. */
  readonly nodeFile?: object;
  /** What is reached from in there at the same address and port as from here. */
  readonly reach?: readonly Place[];
  readonly front?: RoomFront;
  /** Another command in place of `aorta`, and its environment. */
  readonly program?: ControllerProgram;
}

const api: Place = { address: '127.0.0.1', port: 7443 };
const binary = fileURLToPath(new URL('../../bin/aorta', import.meta.url));
const main = fileURLToPath(new URL('node-room-main.ts', import.meta.url));

export async function openNodeRoom(options: NodeRoomOptions): Promise<NodeRoom> {
  const { name, endpoint, keys, declaration, servers, taken, reach = [] } = options;
  const guarded = await guardDirectory('aorta-');
  const { directory, state } = guarded;
  const relay = join(directory, 'relay.sock');
  const exits = reach.map((place, index) => ({ ...place, socket: join(directory, `exit-${index}.sock`) }));
  const front = options.front === undefined ? {} : { front: options.front };
  const order: RoomOrder = { servers, taken, relay, api, exits, ...front };
  const words = [
    '--net',
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    main,
    JSON.stringify(order),
  ];
  const room = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(room, 'close');
  const door = bridgeTo(() => connect(relay));
  const outlets = exits.map(({ address, port, socket }) => ({
    outlet: bridgeTo(() => connect(port, address)),
    socket,
  }));
  let controller: RunningController | undefined;
  const start = async (file?: string) => {
    const { command, env } = options.program ?? { command: [binary], env: process.env };
    controller = await startController(file, state, {
      command: ['nsenter', `--net=/proc/${room.pid}/ns/net`, ...command],
      env,
    });
  };
  const end = async () => {
    await new Promise((resolve) => door.close(resolve));
    await guarded.end();
    room.stdin.end();
    await ended;
    await Promise.all(outlets.map(({ outlet }) => new Promise((resolve) => outlet.close(resolve))));
  };
  try {
    await Promise.race([once(room.stdout, 'data'), ended.then(() => Promise.reject(new Error('no room')))]);
    await new Promise<void>((resolve) => door.listen(endpoint.port, endpoint.host, resolve));
    for (const { outlet, socket } of outlets) {
      await new Promise<void>((resolve) => outlet.listen(socket, resolve));
    }
    await mkdir(state, { mode: 0o700 });
    const nodeFile = { node: name, api, keys, ...options.nodeFile };
    await writeFile(join(state, 'node.yaml'), JSON.stringify(nodeFile, undefined, 1));
    if (declaration !== undefined) {
      const file = join(directory, 'aorta.yaml');
      await writeFile(file, JSON.stringify(declaration, undefined, 1));
      await start(file);
    }
  } catch (error) {
    await end();
    throw error;
  }
  const running = () => {
    if (controller === undefined) throw new Error(`the controller of ${name} was not started`);
    return controller;
  };
  return {
    state,
    directory,
    controller: running,
    killController: async () => {
      running().signal('SIGKILL');
      await running().ended;
    },
    resume: async (file) => {
      await controller?.ended;
      await start(file);
    },
    fetch: async (url) => {
      const curl = [
        'curl',
        '--silent',
        '--output',
        '/dev/null',
        '--max-time',
        '2',
        '--write-out',
        '%{http_code}',
      ];
      const words = [`--net=/proc/${room.pid}/ns/net`, ...curl, url];
      const said = await promisify(execFile)('nsenter', words).catch((error: { stdout?: string }) => error);
      return Number(said.stdout ?? 0);
    },
    end,
  };
}
