import type { Secret } from '../../kernel/secret.ts';
import { command } from './runtime-socket.ts';

/**
 * Gives the running HAProxy the keys that it lacks. One that does not run, or does not use the file, will read it when it
 * starts; what goes wrong is made good by the next call.
 * @param file as in haproxy.cfg
 * @param wanted the oldest first, as many as HAProxy holds
 */
export async function bringTicketKeys(
  socket: string,
  file: string,
  wanted: readonly Secret[],
): Promise<void> {
  const shown = await command(socket, ['show', 'tls-keys', file]);
  if (!shown.ok) return;
  const keys = wanted.map((key) => key.reveal());
  for (const key of missingKeys(readTicketKeys(shown.value), keys)) {
    const set = await command(socket, ['set', 'ssl', 'tls-key', file, key]);
    if (!set.ok) return;
  }
}

/** The keys of `show tls-keys FILE`, the oldest first. */
export function readTicketKeys(text: string): string[] {
  return [...text.matchAll(/^\d+\.\d+ (\S+)$/gm)].flatMap(([, key]) => key ?? []);
}

/** HAProxy puts a key behind the newest and forgets the oldest: which ones it must be given to hold those that are wanted. */
export function missingKeys(held: readonly string[], wanted: readonly string[]): readonly string[] {
  for (let given = 0; given < wanted.length; given += 1) {
    const kept = wanted.slice(0, wanted.length - given);
    const left = held.slice(given);
    if (held.length === wanted.length && left.every((key, index) => key === kept[index]))
      return wanted.slice(kept.length);
  }
  return wanted;
}
