import { createHash } from 'node:crypto';

/**
 * The id of the n-th synthetic resource of a type: a UUID that depends on nothing but its arguments, so that
 * every process of an estate knows the same patients without asking the others.
 */
export function stableId(seed: number, type: string, index: number): string {
  const hex = createHash('sha256').update(`${seed}:${type}:${index}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
