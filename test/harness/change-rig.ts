import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from '../../src/cli/client.ts';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import type { ApplyRequest } from '../../src/contract/operations.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import type { BreakOrder } from './breakable-controller.ts';
import { ChangePki } from './change-pki.ts';
import { type HaproxyProcesses, haproxyOf, type RunningController, startController } from './controller.ts';
import { CountingClient, everyKind, type LoopKind, type ServicePlace } from './counting-client.ts';
import { CountingServer } from './counting-server.ts';
import { sentence, type Verdict } from './counting-verdict.ts';
import { type GuardedDirectory, guardDirectory } from './guarded-directory.ts';
import { loopbackAddress } from './loopback.ts';

/** A service as the declaration has it; more keys than these are allowed. */
export interface RigService {
  listeners: Record<string, unknown>[];
  maxConnections: number;
  pool: { servers: Record<string, RigServer>; [key: string]: unknown };
  [key: string]: unknown;
}
export type RigServer = { address: string; port: number; weight?: number };
export type RigName = 'offload' | 'bridging';
export interface RigDeclaration {
  [key: string]: unknown;
  certificates: Record<string, object>;
  virtualServices: Record<RigName, RigService> & Record<string, RigService>;
}
export type Watch = Partial<Pick<ApplyRequest, 'guard' | 'confirmWithin' | 'force'>>;

export interface RigOptions {
  /** The controller of `breakable-controller.ts` in place of the command. */
  readonly breakable?: boolean;
  /** Changes the declaration that it is started with. */
  readonly adjust?: (declaration: RigDeclaration) => void;
  /** Called before anything runs, for example to mount a disk. */
  readonly prepare?: (directory: GuardedDirectory) => Promise<void>;
}

const hostname = 'front.stelsewhere.example';
const backName = 'back.stelsewhere.example';
const breakable = fileURLToPath(new URL('./breakable-controller.ts', import.meta.url));

/**
 * The product in front of two services at once, one with plain servers and one with TLS to verified servers, each
 * reached over https and http; with a server more for each that is not declared.
 */
export class ChangeRig {
  readonly directory: string;
  readonly state: string;
  readonly socket: string;
  /** Ask to break, when the rig is breakable. */
  readonly breakFile: string;
  readonly pki = new ChangePki();
  /** What the declaration names, as it is sent. */
  readonly files = new Map<string, string>();
  readonly servers: Readonly<Record<RigName, readonly [CountingServer, CountingServer, CountingServer]>>;
  readonly addresses = { offload: loopbackAddress(), bridging: loopbackAddress() };
  readonly #end: () => Promise<void>;
  readonly #breakable: boolean;
  #controller: RunningController | undefined;
  #clients: CountingClient | undefined;

  private constructor({ directory, state, end }: GuardedDirectory, options: RigOptions, backPem: string) {
    this.directory = directory;
    this.state = state;
    this.socket = runtimePaths(state).controlSocket;
    this.breakFile = join(directory, 'break');
    this.#end = end;
    this.#breakable = options.breakable ?? false;
    const trio = (name: string, pem?: string) =>
      [1, 2, 3].map((count) => new CountingServer(join(directory, `${name}-${count}`), pem));
    this.servers = { offload: threeOf(trio('offload')), bridging: threeOf(trio('bridging', backPem)) };
  }

  static async start(options: RigOptions = {}): Promise<ChangeRig> {
    const guarded = await guardDirectory('aorta-');
    const rig = new ChangeRig(guarded, options, join(guarded.directory, 'back.pem'));
    try {
      await options.prepare?.(guarded);
      await rig.pki.write(guarded.directory, 'back.pem', rig.pki.issue(backName));
      for (const name of ['offload', 'bridging'] as const) rig.newLeaf(name);
      rig.files.set('certs/backs.pem', rig.pki.ca);
      await Promise.all(rig.allServers().map((server) => server.start()));
      const declaration = rig.declaration();
      options.adjust?.(declaration);
      await rig.#startFirst(declaration);
      return rig;
    } catch (error) {
      await rig.end();
      throw error;
    }
  }

  get controller(): RunningController {
    if (this.#controller === undefined) throw new Error('the controller was not started');
    return this.#controller;
  }

  allServers(): readonly CountingServer[] {
    return [...this.servers.offload, ...this.servers.bridging];
  }

  /** What it is started with, to be changed and applied. */
  declaration(): RigDeclaration {
    const service = (name: RigName, pool: Record<string, unknown>): RigService => ({
      hostnames: [hostname],
      listeners: [
        { protocol: 'https', address: this.addresses[name], port: 443, certificates: [name] },
        { protocol: 'http', address: this.addresses[name], port: 80 },
      ],
      maxConnections: 200,
      pool: { servers: { one: this.place(name, 0), two: this.place(name, 1) }, ...pool },
    });
    return {
      aorta: 'v1',
      site: 'St. Elsewhere',
      authorities: { backs: { ca: 'certs/backs.pem' } },
      certificates: { offload: { pem: 'certs/offload.pem' }, bridging: { pem: 'certs/bridging.pem' } },
      virtualServices: {
        offload: service('offload', { trustedSegment: 'loopback', healthCheck: { type: 'http', rise: 2 } }),
        bridging: service('bridging', {
          tls: { verify: 'required', authority: 'backs', serverName: backName },
          healthCheck: { type: 'https', rise: 2 },
        }),
      },
    };
  }

  place(name: RigName, index: 0 | 1 | 2): RigServer {
    const { address, port } = this.servers[name][index];
    return { address, port };
  }

  /** A new certificate and key for a service, as the file that the declaration names. @returns the PEM text */
  newLeaf(name: RigName): { readonly pem: string; readonly certificate: string } {
    const { certificate, key } = this.pki.issue(hostname);
    const pem = `${certificate}${key}`;
    this.files.set(`certs/${name}.pem`, pem);
    return { pem, certificate };
  }

  request(declaration: object, watch: Watch = {}): ApplyRequest {
    const files = [...this.files].map(([name, text]) => [name, sentFile(text)] as const);
    return {
      file: 'aorta.yaml',
      text: JSON.stringify(declaration, undefined, 1),
      files: Object.fromEntries(files),
      guard: 0,
      author: 'test',
      ...watch,
    };
  }

  apply(declaration: object, watch: Watch = {}): Promise<ChangeAnswer> {
    return call(this.socket, 'apply', this.request(declaration, watch));
  }

  /** Where clients reach the services. */
  ways(...names: readonly RigName[]): readonly ServicePlace[] {
    return (names.length === 0 ? (['offload', 'bridging'] as const) : names).flatMap((name) => [
      { address: this.addresses[name], port: 443, hostname, ca: this.pki.ca },
      { address: this.addresses[name], port: 80, hostname },
    ]);
  }

  /** Clients that go on until they are stopped, or the rig ends. */
  traffic(
    options: { idle?: number; loops?: readonly LoopKind[]; ways?: readonly ServicePlace[] } = {},
  ): Traffic {
    const { ways = this.ways(), loops = everyKind, idle = 20 } = options;
    const clients = new CountingClient(this.directory, ways, { loops, idle });
    this.#clients = clients;
    return { clients, stop: async () => await clients.stop(this.allServers()), sentence };
  }

  async haproxy(): Promise<HaproxyProcesses> {
    const found = await haproxyOf(this.state);
    if (found === undefined) throw new Error('HAProxy does not run');
    return found;
  }

  /** Starts the controller again, without a file, after the one before has ended. */
  async resume(): Promise<void> {
    await this.#controller?.ended;
    this.#controller = await startController(undefined, this.state, this.#program());
  }

  /** Lets a breakable controller break. In one step: it looks for the order all the time. */
  async break(order: BreakOrder): Promise<void> {
    await writeFile(`${this.breakFile}.new`, JSON.stringify(order));
    await rename(`${this.breakFile}.new`, this.breakFile);
  }

  async killController(): Promise<void> {
    this.controller.signal('SIGKILL');
    await this.controller.ended;
  }

  /** Ends everything that was started, whatever happened. */
  async end(): Promise<void> {
    await this.#clients?.kill();
    await this.#end();
    await Promise.all(this.allServers().map((server) => server.kill()));
    this.pki.close();
  }

  async #startFirst(declaration: object): Promise<void> {
    const file = join(this.directory, 'aorta.yaml');
    await mkdir(join(this.directory, 'certs'));
    await writeFile(file, JSON.stringify(declaration, undefined, 1));
    for (const [name, text] of this.files) await writeFile(join(this.directory, name), text, { mode: 0o600 });
    this.#controller = await startController(file, this.state, this.#program());
  }

  #program() {
    if (!this.#breakable) return undefined;
    const env = { ...process.env, BREAK_FILE: this.breakFile };
    return { command: [process.execPath, '--disable-warning=ExperimentalWarning', breakable] as const, env };
  }
}

export interface Traffic {
  readonly clients: CountingClient;
  stop(): Promise<Verdict>;
  /** The verdict in one line. */
  sentence(verdict: Verdict): string;
}

export function sentFile(text: string): ApplyRequest['files'][string] {
  return { kind: 'read', base64: Buffer.from(text).toString('base64'), othersCanRead: false };
}

function threeOf(servers: readonly CountingServer[]): [CountingServer, CountingServer, CountingServer] {
  const [one, two, three] = servers;
  if (one === undefined || two === undefined || three === undefined)
    throw new Error('there are three servers');
  return [one, two, three];
}
