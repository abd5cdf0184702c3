import { readFile, rm } from 'node:fs/promises';
import { readJsonIfPresent, replaceFile } from '../system/files.ts';
import { addAddress, addressesOn, removeAddress } from '../system/interface-addresses.ts';
import type { OutlineAddress } from './outline.ts';

const loopback = 'lo';

type Wanted = readonly Pick<OutlineAddress, 'address'>[];

/**
 * The virtual addresses on the loopback interface, where every node has them all the time: so HAProxy can listen on
 * them before it is their turn, and can end what it has begun when their turn is over. What was added is written down
 * first: what an administrator has put there is never taken away.
 */
export class LoopbackAddresses {
  readonly #record: string;

  /** @param record the file that remembers what was added */
  constructor(record: string) {
    this.#record = record;
  }

  /** Whether all of these are there, and nothing that was added for others. */
  async are(wanted: Wanted): Promise<boolean> {
    if (missing(wanted).length > 0) return false;
    return (await this.#surplus(wanted)).length === 0;
  }

  /** Adds what is missing. @throws Failure as `addAddress` */
  async add(wanted: Wanted): Promise<void> {
    const added = missing(wanted);
    if (added.length === 0) return;
    await this.#write(new Set([...(await this.#added()), ...added]));
    for (const address of added) await addAddress(cidr(address), loopback);
  }

  /** Takes away what was added and is not among these. @throws Failure as `removeAddress` */
  async keepOnly(wanted: Wanted): Promise<void> {
    const surplus = await this.#surplus(wanted);
    if (surplus.length === 0) return;
    for (const address of surplus) await removeAddress(cidr(address), loopback);
    const gone = new Set(surplus);
    const left = (await this.#added()).filter((address) => !gone.has(address));
    if (left.length === 0) await rm(this.#record, { force: true });
    else await this.#write(new Set(left));
  }

  async #surplus(wanted: Wanted): Promise<readonly string[]> {
    const kept = new Set(wanted.map(({ address }) => address));
    return (await this.#added()).filter((address) => !kept.has(address));
  }

  async #added(): Promise<readonly string[]> {
    const record = (await readJsonIfPresent(this.#record)) as
      | { readonly boot: string; readonly addresses: readonly string[] }
      | undefined;
    // With a restart of the machine they were gone; what is there since was put there by somebody else.
    return record !== undefined && record.boot === (await thisBoot()) ? record.addresses : [];
  }

  async #write(addresses: ReadonlySet<string>): Promise<void> {
    await replaceFile(
      this.#record,
      JSON.stringify({ boot: await thisBoot(), addresses: [...addresses] }),
      0o600,
    );
  }
}

function missing(wanted: Wanted): string[] {
  if (wanted.length === 0) return [];
  const there = addressesOn(loopback);
  return wanted.map(({ address }) => address).filter((address) => !there.has(address));
}

function cidr(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

async function thisBoot(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
