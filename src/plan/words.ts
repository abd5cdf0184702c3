import { isPlain, quote } from '../kernel/quote.ts';
import type { Difference } from './differences.ts';

/** How a plan says things to people. */

/** A pool is named like the service it belongs to: `live-apis.servers` is the pool of live-apis. */
export function poolName(backend: string): string {
  return backend.replace(/\.servers$/, '');
}

/** A companion file without its directory and ending: `certs/live.pem` is live. */
export function fileName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.[a-z]+$/, '');
}

export function place({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `1 server`, `2 servers`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Milliseconds as `5 min 30 s`. */
export function spelledTime(milliseconds: number): string {
  const words: string[] = [];
  let rest = milliseconds;
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) words.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return words.length === 0 ? '0 s' : words.join(' ');
}

/** `client time limit of live: 30 s to 1 min`. Not for values that are secret or long. */
export function changed(owner: string, { felt, before, after }: Difference): string {
  const subject = `${felt.name} of ${owner}`;
  if (Array.isArray(before) && Array.isArray(after)) return `${subject}: ${listChange(before, after)}`;
  return `${subject}: ${value(before, felt.unit)} to ${value(after, felt.unit)}`;
}

function value(plain: unknown, unit: 'ms' | 's' | undefined): string {
  switch (typeof plain) {
    case 'number':
      if (unit === undefined) return `${plain}`;
      return spelledTime(unit === 'ms' ? plain : plain * 1_000);
    case 'boolean':
      return plain ? 'yes' : 'no';
    case 'string':
      return word(plain);
    default:
      return Array.isArray(plain) ? plain.map(word).join(', ') : 'none';
  }
}

function word(text: unknown): string {
  const plain = String(text);
  return isPlain(plain) ? plain : quote(plain);
}

const mostShown = 5;

/** What was added to a list and removed from it: `R4 and STU6 added`. */
export function listChange(before: readonly unknown[], after: readonly unknown[]): string {
  const [old, now] = [new Set(before), new Set(after)];
  const added = after.filter((entry) => !old.has(entry));
  const removed = before.filter((entry) => !now.has(entry));
  const parts = [
    ...(added.length === 0 ? [] : [`${shortened(added)} added`]),
    ...(removed.length === 0 ? [] : [`${shortened(removed)} removed`]),
  ];
  return parts.length === 0 ? 'in another order' : parts.join(', ');
}

/** `a, b and c`; of a long list the first few and how many more. */
export function shortened(entries: readonly unknown[]): string {
  const shown = entries.slice(0, mostShown).map(word);
  if (entries.length > mostShown) shown.push(`${entries.length - mostShown} more`);
  const last = shown.pop() ?? 'none';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
