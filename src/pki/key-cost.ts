import type { KeyFacts } from '../model/certificate-material.ts';
import { type Dear, dear } from '../model/dear.ts';
import { describeKey } from './facts.ts';

/** What a key makes a new connection cost. */
export interface KeyCost extends Pick<Dear, 'least' | 'most' | 'than'> {
  /** The kind of key that it was measured with. */
  readonly measured: string;
}

/** Kinds that were measured, the dearest first. A signature with a longer RSA key is dearer still. */
const kinds: readonly (readonly [KeyFacts, Dear])[] = [
  [{ kind: 'rsa', bits: 4_096 }, dear.rsa4096],
  [{ kind: 'rsa', bits: 3_072 }, dear.rsa3072],
  [{ kind: 'ec', curve: 'P-384' }, dear.p384],
];

/**
 * What a new connection with a certificate of such a key costs, by one with RSA-2048. An RSA key between two that were
 * measured is taken for the shorter one, so that nothing is said to cost more than it does.
 * @returns undefined for what is not dear: RSA-2048 itself, ECDSA P-256 (less) and P-521 (as much: 1.05 was measured)
 */
export function keyCost(key: KeyFacts): KeyCost | undefined {
  const [kind, cost] = kinds.find(([measured]) => isAsDear(key, measured)) ?? [];
  if (kind === undefined || cost === undefined) return undefined;
  const { least, most, than } = cost;
  return { measured: describeKey(kind), least, most, than };
}

function isAsDear(key: KeyFacts, measured: KeyFacts): boolean {
  if (key.kind === 'rsa') return measured.kind === 'rsa' && key.bits >= measured.bits;
  return key.kind === 'ec' && measured.kind === 'ec' && key.curve === measured.curve;
}
