import type { Intent, IntentTarget, IntentWish } from '../model/intent.ts';
import { ago } from './ago.ts';
import { localTime } from './local-time.ts';

export function wishWords(wish: IntentWish): string {
  return wish.kind === 'weight' ? `weight ${wish.weight}` : wish.kind;
}

/** As an operator would name it on the command line. */
export function targetWords(target: IntentTarget): string {
  if (target.kind === 'host') return target.host;
  return target.service === undefined ? target.server : `${target.server} in ${target.service}`;
}

/** `drain by m.jones, 12m ago, until 2026-01-31 14:05:10: patching`. @param at now, in milliseconds since 1970 */
export function intentWords({ wish, author, reason, since, until }: Intent, at: number): string {
  const end = until === undefined ? '' : `, until ${localTime(until)}`;
  return `${wishWords(wish)} by ${author}, ${ago(at - since)} ago${end}: ${reason}`;
}

/** `3 sessions`, `1 session`. */
export function sessionWords(count: number): string {
  return count === 1 ? '1 session' : `${count} sessions`;
}
