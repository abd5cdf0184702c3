import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { through } from '../entrance.ts';
import { holdersAt } from '../scenario/holders.ts';
import type { Holding } from '../scenario/recording.ts';
import type { Machine } from './machine.ts';

/** How long a node may need to get the addresses before a run begins, in milliseconds. */
const PATIENCE_MS = 30_000;

const now = (): number => performance.timeOrigin + performance.now();

/** When each virtual address came to a node and when it left it, as the kernels of the nodes say it. */
export class Holdings {
  /** Times are milliseconds since 1970. */
  readonly seen: Holding[] = [];
  readonly #addresses: readonly string[];
  #changed = Promise.withResolvers<void>();

  /** @param addresses first the one that clients use */
  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  /** Looks at a node from now on, until its machine ends. */
  watch(machine: Machine): void {
    const monitor = spawn(...through(machine.network, 'ip', ['-oneline', 'monitor', 'address']), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: monitor.stdout }).on('line', (line) => this.#hear(machine.name, line));
    // It is outside of the machine's processes, so that it sees what happens while those are frozen.
    void machine.ended.then(() => monitor.kill('SIGKILL'));
  }

  /** Resolves when this node and no other holds every one of these addresses, by default all virtual ones. @throws Error when that takes too long */
  async until(node: string, addresses = this.#addresses): Promise<void> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const given = new Promise<void>((resolve) => late.addEventListener('abort', () => resolve()));
    const holders = () => holdersAt({ addresses, holdings: this.seen }, Number.POSITIVE_INFINITY).join();
    while (holders() !== node) {
      if (late.aborted) throw new Error(`${node} did not get the virtual addresses; holders: ${holders()}`);
      await Promise.race([this.#changed.promise, given]);
    }
  }

  #hear(node: string, line: string): void {
    const heard = parseMonitor(line, this.#addresses);
    if (heard === undefined) return;
    const before = this.seen.findLast((one) => one.node === node && one.address === heard.address);
    // The kernel also tells when somebody sets an address that is there already.
    if ((before?.holds ?? false) === heard.holds) return;
    this.seen.push({ at: now(), node, ...heard });
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** A line of `ip -oneline monitor address`, if it is about a virtual address on the clients' network. */
export function parseMonitor(
  line: string,
  addresses: readonly string[],
): Pick<Holding, 'address' | 'holds'> | undefined {
  const [, deleted, address = ''] = /^(Deleted )?\d+: front\s+inet6? ([0-9a-f.:]+)\//.exec(line) ?? [];
  return addresses.includes(address) ? { address, holds: deleted === undefined } : undefined;
}
