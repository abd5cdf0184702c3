import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SWITCH } from './addresses.ts';

/** Who carries the store and is no node. */
export const WITNESS = 'witness';
/** Where the members answer: the one machine that both nodes reach whatever becomes of the other node. */
export const storeAddress = SWITCH.back[0]?.split('/')[0] ?? '';
/** How long members may need until most of them agree, in milliseconds. */
const PATIENCE_MS = 30_000;

interface Member {
  readonly name: string;
  readonly url: string;
  readonly peer: string;
  process?: ChildProcess;
}

/** Real members of etcd, each a process, beside the switches. */
export class StoreMembers {
  readonly urls: readonly string[];
  readonly #members: readonly Member[];
  readonly #directory: string;
  readonly #keys: string;

  private constructor(count: number, directory: string, keys: string) {
    this.#members = Array.from({ length: count }, (_, index) => ({
      name: `member-${index + 1}`,
      url: `https://${storeAddress}:${2379 + 10 * index}`,
      peer: `http://${storeAddress}:${2380 + 10 * index}`,
    }));
    this.urls = this.#members.map(({ url }) => url);
    this.#directory = directory;
    this.#keys = keys;
  }

  /**
   * Resolves when they answer.
   * @param keys the directory of the keys of the pair, with one for the witness
   */
  static async start(count: number, directory: string, keys: string): Promise<StoreMembers> {
    const members = new StoreMembers(count, directory, keys);
    await members.startAll();
    return members;
  }

  /** Those that do not run. Resolves when the store answers. */
  async startAll(): Promise<void> {
    for (const member of this.#members) if (member.process === undefined) this.#run(member);
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.#answers())) {
      if (performance.now() > deadline) throw new Error('etcd does not answer');
      await pause(100);
    }
  }

  /** Ends the last ones at once; what they have written down stays. */
  async kill(count: number): Promise<void> {
    const running = this.#members.filter(({ process }) => process !== undefined);
    await Promise.all(
      running.slice(-count).map(async (member) => {
        const { process } = member;
        delete member.process;
        const ended = process && once(process, 'exit');
        process?.kill('SIGKILL');
        await ended;
      }),
    );
  }

  /** Whether a read, which needs most members, is answered. */
  async #answers(): Promise<boolean> {
    const { authority, certificate, key } = this.#files('operator');
    const [ca, cert, ownKey] = await Promise.all([authority, certificate, key].map((file) => readFile(file)));
    const keys = { ...(ca && { ca }), ...(cert && { cert }), ...(ownKey && { key: ownKey }) };
    return new Promise((resolve) => {
      const url = `${this.urls[0] ?? ''}/v3/kv/range`;
      const asked = request(url, { ...keys, method: 'POST', agent: false, timeout: 2_000 }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.once('timeout', () => asked.destroy());
      asked.once('error', () => resolve(false));
      asked.end('{"key":"YQ=="}');
    });
  }

  #files(name: string) {
    const file = (one: string) => join(this.#keys, one);
    return { authority: file('authority.pem'), certificate: file(`${name}.pem`), key: file(`${name}.key`) };
  }

  #run(member: Member): void {
    const { name, url, peer } = member;
    const { authority, certificate, key } = this.#files(WITNESS);
    const cluster = this.#members.map((one) => `${one.name}=${one.peer}`).join(',');
    member.process = spawn(
      'etcd',
      [
        `--name=${name}`,
        `--data-dir=${join(this.#directory, name)}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=${cluster}`,
        '--initial-cluster-state=new',
        '--client-cert-auth',
        `--trusted-ca-file=${authority}`,
        `--cert-file=${certificate}`,
        `--key-file=${key}`,
        '--log-level=error',
        '--logger=zap',
      ],
      { stdio: 'ignore' },
    );
  }
}
