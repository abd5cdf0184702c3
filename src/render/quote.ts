import { Bug } from '../kernel/bug.ts';

/**
 * Everything that stands between a text and haproxy.cfg. Words are quoted in one place, {@link quote}; the
 * other functions guard the languages inside a word (log formats, sample expressions, regular expressions).
 */

/** Characters that mean nothing to HAProxy's line parser. */
const plain = /^[A-Za-z0-9_.,:;/@%+=()[\]{}<>|!?*&^~-]+$/;
const control = /\p{Cc}/u;

/**
 * Writes one word so that HAProxy reads back exactly this text. Strong quotes, in which nothing is
 * interpreted; a strong quote itself is written outside them.
 *
 * @throws Bug when the text holds a control character: no value of ours does, and a line feed could add a line
 */
export function quote(word: string): string {
  if (control.test(word) || !word.isWellFormed())
    throw new Bug('a word of haproxy.cfg with a control character');
  return plain.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A text inside a log format, to be written as it is. */
export function literal(text: string): string {
  return text.replaceAll('%', '%%');
}

/** A text as one argument of a sample fetch or converter: `str(TEXT)`. */
export function argument(text: string): string {
  if (/^[A-Za-z0-9_./:-]+$/.test(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A text inside a regular expression, to be matched as it is. */
export function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);
}

/** A character inside the brackets of a regular expression. */
export function escapeInSet(character: string): string {
  return character.replaceAll(/[\\^\]-]/g, String.raw`\$&`);
}

/** Texts by the character that they begin with, without it: most are ruled out by that one. */
export function byFirstCharacter(texts: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const text of texts) {
    const [first = ''] = text;
    groups.set(first, [...(groups.get(first) ?? []), text.slice(first.length)]);
  }
  return groups;
}

/**
 * A name that HAProxy knows things by. Names are never user text of their own accord (the model allows
 * letters, digits and hyphens), so anything else is a bug of ours.
 */
export function name(text: string): string {
  if (!/^[A-Za-z0-9_.:[\]-]+$/.test(text))
    throw new Bug('a proxy, server, bind or cookie name that HAProxy does not take');
  return text;
}

/** The path of a companion file, relative to haproxy.cfg. */
export function relativePath(text: string): string {
  if (!/^[a-z-]+\/[A-Za-z0-9_.-]+$/.test(text)) throw new Bug('a companion file outside of its directory');
  return text;
}

/** An absolute path of a socket or state file. A comma would begin a second address on a bind line. */
export function absolutePath(text: string): string {
  if (!text.startsWith('/') || text.includes(','))
    throw new Bug('a runtime path that is not absolute or holds a comma');
  return text;
}

/** An IPv4 or IPv6 address. */
export function address(text: string): string {
  if (!/^[0-9a-f.:]+$/.test(text)) throw new Bug('an address that is not canonical');
  return text;
}

/** A whole number that is not negative. */
export function count(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new Bug(`not a count: ${value}`);
  return `${value}`;
}

/** Milliseconds in the largest unit that HAProxy knows and that holds them without a remainder. */
export function time(milliseconds: number): string {
  const whole = count(milliseconds);
  if (milliseconds === 0) return '0';
  if (milliseconds % 86_400_000 === 0) return `${milliseconds / 86_400_000}d`;
  if (milliseconds % 3_600_000 === 0) return `${milliseconds / 3_600_000}h`;
  if (milliseconds % 60_000 === 0) return `${milliseconds / 60_000}m`;
  if (milliseconds % 1_000 === 0) return `${milliseconds / 1_000}s`;
  return `${whole}ms`;
}
