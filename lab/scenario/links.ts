import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TABLE = 'inet lab';

/** The links of the room: cut without a word, as when a cable is pulled, and mended. Counts questions to DNS. */
export class Links {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
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

  async cut(addresses: readonly string[]): Promise<void> {
    await nft(`add element ${TABLE} cut { ${addresses.join(', ')} }`);
  }

  async mend(addresses: readonly string[]): Promise<void> {
    await nft(`delete element ${TABLE} cut { ${addresses.join(', ')} }`);
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
