import { isIP } from 'node:net';
import { Bug } from '../../kernel/bug.ts';

/**
 * Words of commands, checked for what they are. None of them is ever a user's text of its own accord, so anything
 * else is a bug of ours, and the socket is not even opened.
 */

/** The name of a proxy, a server, or what a list says about one. */
export function nameWord(text: string): string {
  if (!/^[A-Za-z0-9_.:-]+$/.test(text)) throw new Bug('not a name for the runtime API');
  return text;
}

/** A companion file, relative to haproxy.cfg. */
export function fileWord(text: string): string {
  if (!/^[a-z-]+\/[A-Za-z0-9_.-]+$/.test(text)) throw new Bug('not a companion file for the runtime API');
  return text;
}

export function addressWord(text: string): string {
  // A zone would be a name of this machine, and HAProxy takes none.
  if (isIP(text) === 0 || text.includes('%')) throw new Bug('not an address for the runtime API');
  return text;
}

/** HAProxy cuts a greater number to 16 bits without a word (measured). */
export function portWord(port: number): string {
  if (port < 1 || port > 65_535) throw new Bug('not a port for the runtime API');
  return numberWord(port);
}

export function numberWord(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new Bug('not a number for the runtime API');
  return String(value);
}

/** One line of a list of networks or names. */
export function entryWord(text: string): string {
  if (!/^[A-Za-z0-9_.:/-]+$/.test(text)) throw new Bug('not an entry of a list for the runtime API');
  return text;
}
