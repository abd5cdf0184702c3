import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from '../../src/cli/client.ts';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import type { OnProgress } from '../../src/contract/controller.ts';
import type { ApplyRequest } from '../../src/contract/operations.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Status } from '../../src/model/status.ts';
import { pairFiles } from '../../src/pki/pair-files.ts';
import type { BreakOrder } from './breakable-controller.ts';
import { EtcdCluster } from './etcd.ts';
import { loopbackAddress } from './loopback.ts';
import { type NodeRoom, openNodeRoom, type RoomFront } from './node-room.ts';
import { makeTestPair, type TestPair } from './pair-keys.ts';
import { until } from './until.ts';

const breakable = fileURLToPath(new URL('./breakable-controller.ts', import.meta.url));

export const nodeNames = ['lb-a', 'lb-b'] as const;
export type NodeName = (typeof nodeNames)[number];

/** A server that answers, in the rooms of the nodes that are named. */
export interface RoomServer {
  readonly address: string;
  readonly port: number;
  readonly at: readonly NodeName[];
}

export interface SharingOptions {
  /** Members of etcd. */
  readonly members: 1 | 3;
  readonly servers: readonly RoomServer[];
  /** Ports that somebody else holds, in the rooms of the nodes that are named. */
  readonly taken?: readonly RoomServer[];
  readonly declaration: object;
  /** The interface `front` of each node; absent: there is none. */
  readonly fronts?: Readonly<Record<NodeName, RoomFront>>;
}

/** Two nodes that share a real etcd over TLS, each a whole product in a network of its own. */
export class SharingNodes {
  readonly etcd: EtcdCluster;
  readonly #pair: TestPair;
  readonly #rooms = new Map<NodeName, NodeRoom>();

  private constructor(etcd: EtcdCluster, pair: TestPair) {
    this.etcd = etcd;
    this.#pair = pair;
  }

  static async start(options: SharingOptions): Promise<SharingNodes> {
    const { members, servers, taken = [], declaration, fronts } = options;
    const address = loopbackAddress();
    const endpoint = () => ({ host: loopbackAddress(), port: 7443 }) as Endpoint;
    const endpoints = { 'lb-a': endpoint(), 'lb-b': endpoint() };
    const pair = await makeTestPair({ ...endpoints, witness: { host: address, port: 1 } as Endpoint });
    const keys = pairFiles(pair.directory, 'witness');
    const etcd = await EtcdCluster.start(members, {
      address,
      keys,
      access: { keys: await pair.keysOf('operator') },
    });
    const nodes = new SharingNodes(etcd, pair);
    try {
      for (const name of nodeNames) {
        const room = await openNodeRoom({
          name,
          endpoint: endpoints[name],
          keys: pair.directory,
          servers: servers.filter(({ at }) => at.includes(name)),
          taken: taken.filter(({ at }) => at.includes(name)),
          nodeFile: {
            store: { etcd: etcd.urls },
            ...(fronts === undefined ? {} : { interface: 'front' }),
          },
          ...(fronts === undefined ? {} : { front: fronts[name] }),
          reach: etcd.urls.map((url) => ({ address, port: Number(new URL(url).port) })),
          program: {
            command: [process.execPath, '--disable-warning=ExperimentalWarning', breakable],
            env: { ...process.env, BREAK_FILE: join(pair.directory, `break-${name}`) },
          },
          declaration,
        });
        nodes.#rooms.set(name, room);
        if (name === 'lb-a') await nodes.shares(1);
      }
      return nodes;
    } catch (error) {
      await nodes.end();
      throw error;
    }
  }

  room(name: NodeName): NodeRoom {
    const room = this.#rooms.get(name);
    if (room === undefined) throw new Error(`${name} has no room`);
    return room;
  }

  socket(name: NodeName): string {
    return runtimePaths(this.room(name).state).controlSocket;
  }

  status(name: NodeName): Promise<Status> {
    return call(this.socket(name), 'status');
  }

  apply(
    name: NodeName,
    declaration: object,
    more: Partial<ApplyRequest> = {},
    onProgress?: OnProgress,
  ): Promise<ChangeAnswer> {
    const text = JSON.stringify(declaration, undefined, 1);
    const request = { file: 'aorta.yaml', text, files: {}, guard: 0, author: 'test', ...more };
    return call(this.socket(name), 'apply', request, onProgress === undefined ? {} : { onProgress });
  }

  /** The text of the declaration in service. */
  async served(name: NodeName): Promise<string> {
    return (await call(this.socket(name), 'configuration')).text;
  }

  /** Lets the controller of a node break at a moment. */
  async break(name: NodeName, order: BreakOrder): Promise<void> {
    const file = join(this.#pair.directory, `break-${name}`);
    await writeFile(`${file}.new`, JSON.stringify(order));
    await rename(`${file}.new`, file);
  }

  /** Resolves when the first node sees a revision of the store with this number, or a later one. */
  async shares(number: number): Promise<void> {
    await until(`revision ${number} is shared`, async () => {
      const { store } = await this.status('lb-a');
      return (store?.head?.number ?? 0) >= number ? true : undefined;
    });
  }

  /** Resolves when nothing is under way and both have what is shared. @returns the text of it */
  async same(): Promise<string> {
    return await until(
      'both nodes have the same',
      async () => {
        const all = await Promise.all(nodeNames.map((name) => this.status(name).catch(() => undefined)));
        const settled = all.every((one) => {
          if (one?.store === undefined || one.store.away !== undefined) return false;
          const { head, change, nodes } = one.store;
          if (nodes.length < nodeNames.length) return false;
          const alike = nodes.every(({ digest, present }) => present && digest === head?.digest);
          return change === undefined && alike && one.declaration.digest === head?.digest;
        });
        return settled ? await this.served('lb-a') : undefined;
      },
      60_000,
    );
  }

  async end(): Promise<void> {
    await Promise.all([...this.#rooms.values()].map((room) => room.end()));
    await this.etcd.end();
    await this.#pair.end();
  }
}
