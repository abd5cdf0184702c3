import { networkInterfaces } from 'node:os';
import { Failure } from '../../kernel/failure.ts';
import { toAddress } from '../../model/address.ts';
import { execute, findProgram } from './exec.ts';

/** In milliseconds. */
const timeLimit = 5_000;

/**
 * The addresses on an interface, canonical, without their lengths. Of an interface that is down, or has no carrier, there
 * are none.
 */
export function addressesOn(device: string): ReadonlySet<string> {
  const found = networkInterfaces()[device] ?? [];
  return new Set(found.map(({ address }) => toAddress(address) ?? address));
}

/** Fine when it is there. @param cidr `10.20.0.10/32` @throws Failure `keepalived-missing`, `addresses-not-permitted`, `addresses-failed` */
export async function addAddress(cidr: string, device: string): Promise<void> {
  // Without the wait for a duplicate: HAProxy could not bind until it is over.
  const flags = cidr.includes(':') ? ['nodad'] : [];
  await ip(['address', 'add', cidr, 'dev', device, ...flags], () => isThere(cidr, device));
}

/** Fine when it is not there. @throws as {@link addAddress} */
export async function removeAddress(cidr: string, device: string): Promise<void> {
  await ip(['address', 'delete', cidr, 'dev', device], () => !isThere(cidr, device));
}

function isThere(cidr: string, device: string): boolean {
  return addressesOn(device).has(cidr.split('/')[0] ?? '');
}

/** @param isDone whether what is wanted is so, however the program ended: its words differ from version to version */
async function ip(words: readonly string[], isDone: () => boolean): Promise<void> {
  const program = findProgram('ip');
  if (program === undefined) {
    throw new Failure('keepalived-missing', 'there is no program ip', 'install the package iproute2');
  }
  const { code, stderr } = await execute(program, words, timeLimit);
  if (code === 0) return;
  const said = stderr.trim().split('\n')[0] ?? '';
  const what = `\`ip ${words.join(' ')}\` does not work (${said === '' ? `exit code ${code ?? 'none'}` : said})`;
  if (/not permitted/.test(said)) throw new Failure('addresses-not-permitted', what, permission);
  if (!isDone()) throw new Failure('addresses-failed', what, 'see what it says, and `ip address`');
}

export const permission = 'run the controller as root, or give its service CAP_NET_ADMIN';
