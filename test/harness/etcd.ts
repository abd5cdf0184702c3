import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PairFilePaths } from '../../src/pki/pair-files.ts';
import type { EtcdAccess } from '../../src/store/shared/etcd/etcd-client.ts';
import { ask } from './etcd-ask.ts';
import { type GuardedDirectory, guardDirectory } from './guarded-directory.ts';
import { loopbackAddress } from './loopback.ts';
import { until } from './until.ts';

export interface EtcdOptions {
  /** All members are there, each on ports of its own. */
  readonly address?: string;
  /** What members show to clients and want of them; absent: plain. Among themselves they speak plain. */
  readonly keys?: PairFilePaths;
  /** By which it is asked whether it answers. */
  readonly access?: Pick<EtcdAccess, 'keys'>;
}

/** Real members of etcd on an address of their own, each a process of this test. */
export class EtcdCluster {
  readonly urls: readonly string[];
  readonly #members: readonly Member[];
  readonly #access: Pick<EtcdAccess, 'keys'>;
  readonly #guarded: GuardedDirectory;

  private constructor(
    members: readonly Member[],
    access: Pick<EtcdAccess, 'keys'>,
    guarded: GuardedDirectory,
  ) {
    this.#members = members;
    this.#access = access;
    this.#guarded = guarded;
    this.urls = members.map(({ url }) => url);
  }

  /** All that the members have on disk. */
  get directory(): string {
    return this.#guarded.state;
  }

  /** Resolves when it answers. */
  static async start(count: 1 | 3, options: EtcdOptions = {}): Promise<EtcdCluster> {
    const { keys, address = loopbackAddress(), access = {} } = options;
    const guarded = await guardDirectory('aorta-etcd-');
    const members = Array.from(
      { length: count },
      (_, index): Member => ({
        name: `m${index + 1}`,
        url: `${keys === undefined ? 'http' : 'https'}://${address}:${2379 + 10 * index}`,
        peer: `http://${address}:${2380 + 10 * index}`,
        directory: join(guarded.state, `m${index + 1}`),
        ...(keys === undefined ? {} : { keys }),
      }),
    );
    const cluster = new EtcdCluster(members, access, guarded);
    try {
      cluster.startAll();
      await cluster.answers();
      return cluster;
    } catch (error) {
      await cluster.end();
      throw error;
    }
  }

  /** Resolves when it answers again. */
  async answers(): Promise<void> {
    await until('etcd answers', () => ask({ ...this.#access, members: this.urls }), 30_000);
  }

  /** Ends a member at once; what it has written down stays. */
  async kill(index: number): Promise<void> {
    const member = this.#members[index];
    if (member?.process === undefined) return;
    member.process.kill('SIGKILL');
    await member.ended;
    delete member.process;
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#members.map((_, index) => this.kill(index)));
  }

  /** Starts a member again that was ended. */
  start(index: number): void {
    const member = this.#members[index];
    if (member !== undefined && member.process === undefined) run(member, this.#members);
  }

  startAll(): void {
    for (const index of this.#members.keys()) this.start(index);
  }

  async end(): Promise<void> {
    await this.killAll();
    await this.#guarded.end();
  }
}

interface Member {
  readonly name: string;
  readonly url: string;
  readonly peer: string;
  readonly directory: string;
  readonly keys?: PairFilePaths;
  process?: ChildProcess;
  ended?: Promise<unknown>;
}

function run(member: Member, all: readonly Member[]): void {
  const { name, url, peer, directory, keys } = member;
  const tls = keys && [
    '--client-cert-auth',
    `--trusted-ca-file=${keys.authority}`,
    `--cert-file=${keys.certificate}`,
    `--key-file=${keys.key}`,
  ];
  const words = [
    `--name=${name}`,
    `--data-dir=${directory}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=${all.map((one) => `${one.name}=${one.peer}`).join(',')}`,
    '--initial-cluster-state=new',
    '--log-level=error',
    '--logger=zap',
    ...(tls ?? []),
  ];
  const process = spawn('etcd', words, { stdio: 'ignore' });
  member.process = process;
  member.ended = once(process, 'close');
}
