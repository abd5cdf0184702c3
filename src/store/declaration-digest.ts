import { sha256 } from '../kernel/digest.ts';
import { byCodeUnits } from '../kernel/order.ts';
import type { StoredDeclaration } from './revision.ts';

/**
 * SHA-256 over a declaration and the files that it names: equal digests, equal desired state. What findings call the
 * file, who can read the others and why one could not be read is no part of it.
 */
export function declarationDigest({ text, files }: StoredDeclaration): string {
  const named = [...files]
    .sort(([a], [b]) => byCodeUnits(a, b))
    .map(([name, file]) => [name, file.kind, file.kind === 'read' ? sha256(file.bytes) : '']);
  // JSON keeps the parts apart: no name can be written so that it reads like two.
  return sha256(JSON.stringify([sha256(text), named]));
}
