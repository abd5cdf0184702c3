import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../kernel/failure.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import { execute, findProgram } from '../system/exec.ts';
import { readIfPresent, replaceFile } from '../system/files.ts';
import { permission } from '../system/interface-addresses.ts';
import { openConnections } from '../system/open-connections.ts';
import { recordingRules, type StrayHops, sendingRules, withoutTables } from './stray-rules.ts';

/** For nft, in milliseconds. */
const timeLimit = 5_000;

/** What strays in while addresses move, and the rules by which it is sent on to the machine that knows it. */
export class Strays {
  /** What was loaded. It is there as long as the rules may be, also when the controller died meanwhile. */
  readonly #file: string;
  #timer: NodeJS.Timeout | undefined;

  constructor({ directory }: RuntimePaths) {
    this.#file = join(directory, 'handover.nft');
  }

  /**
   * Sends on what belongs to no connection of this machine, in the place of what was sent on until now.
   * @param limit in milliseconds, after which that ends by itself
   * @throws Failure `nftables-missing`, `addresses-not-permitted`
   */
  async sendOn(strays: readonly StrayHops[], limit: number): Promise<void> {
    await this.#load(recordingRules(strays));
    clearTimeout(this.#timer);
    // A controller that ends before takes them away when it starts again.
    this.#timer = setTimeout(() => void this.stop().catch(() => undefined), limit).unref();
    const open = await openConnections(strays.flatMap(({ addresses }) => addresses));
    await this.#load(sendingRules(strays, open));
  }

  /** Takes the rules away. @throws as {@link sendOn} */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if ((await readIfPresent(this.#file)) === undefined) return;
    await this.#load(withoutTables);
    await rm(this.#file, { force: true });
  }

  /** What an earlier controller left. Nothing while this one passes on. */
  async sweep(): Promise<void> {
    if (this.#timer === undefined) await this.stop();
  }

  async #load(rules: string): Promise<void> {
    const program = findProgram('nft');
    if (program === undefined) {
      throw new Failure('nftables-missing', 'there is no program nft', 'install the package nftables');
    }
    await replaceFile(this.#file, rules, 0o600);
    const { code, stderr } = await execute(program, ['-f', this.#file], timeLimit);
    if (code === 0) return;
    const said = stderr.trim().split('\n')[0] ?? '';
    if (/not permitted/i.test(said)) {
      throw new Failure('addresses-not-permitted', `nft may not load rules (${said})`, permission);
    }
    const what = `nft does not load the rules (${said === '' ? `exit code ${code ?? 'none'}` : said})`;
    throw new Failure('nftables-missing', what, `see \`nft -f ${this.#file}\``);
  }
}
