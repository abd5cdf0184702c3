import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Links } from './setting.ts';

const run = promisify(execFile);
const TABLE = 'inet lab';

/**
 * The links of a room whose machines are loopback addresses: cut without a word, as when a cable is pulled, and mended. Counts
 * questions to DNS.
 */
export class LoopbackLinks implements Links {
  readonly #directory: string;
  readonly #addressesOf: (machines: readonly string[]) => readonly string[];

  /** @param addressesOf those of machines, by their names */
  constructor(directory: string, addressesOf: (machines: readonly string[]) => readonly string[]) {
    this.#directory = directory;
    this.#addressesOf = addressesOf;
  }

  async prepare(): Promise<void> {
    await nft(
      `add table ${TABLE}`,
      `add set ${TABLE} cut { type ipv4_addr; }`,
      `add counter ${TABLE} dns`,
      `add chain ${TABLE} out { type filter hook output priority 0; }`,
      `add rule ${TABLE} out meta l4proto { tcp, udp } th dport 53 counter name dns`,
      `add rule ${TABLE} out ip saddr @cut drop`,
      `add rule ${TABLE} out ip daddr @cut drop`,
    );
  }

  async cut(machines: readonly string[]): Promise<void> {
    await nft(`add element ${TABLE} cut { ${this.#addressesOf(machines).join(', ')} }`);
  }

  async mend(machines: readonly string[]): Promise<void> {
    await nft(`delete element ${TABLE} cut { ${this.#addressesOf(machines).join(', ')} }`);
  }

  async mendAll(): Promise<void> {
    await nft(`flush set ${TABLE} cut`);
  }

  /** Names can no longer be resolved: no server is known. Only in this room. */
  async loseDns(): Promise<void> {
    const empty = join(this.#directory, 'resolv.conf');
    await writeFile(empty, '');
    await run('mount', ['--bind', empty, '/etc/resolv.conf']);
  }

  async dnsQueries(): Promise<number> {
    const { stdout } = await run('nft', ['list', 'counter', 'inet', 'lab', 'dns']);
    return Number(/packets (\d+)/.exec(stdout)?.[1] ?? 0);
  }
}

async function nft(...commands: readonly string[]): Promise<void> {
  await run('nft', [commands.join('; ')]);
}
