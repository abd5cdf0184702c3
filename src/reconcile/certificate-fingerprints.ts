import { X509Certificate } from 'node:crypto';
import type { HaproxyIr } from '../ir/haproxy.ts';

/**
 * The certificates that HAProxy is to have in memory: file to the SHA-1 fingerprint of the leaf, lower case hex, which
 * is what HAProxy shows. Those that no listener uses are on disk and not loaded. To be computed once for each
 * configuration.
 * @throws Error when a chain holds what is no certificate, which the compiler never lets through
 */
export function certificateFingerprints(ir: HaproxyIr): ReadonlyMap<string, string> {
  const used = new Set(
    ir.files.flatMap((file) =>
      file.kind === 'certificate-list' ? file.entries.map(({ certificate }) => certificate) : [],
    ),
  );
  const fingerprints = new Map<string, string>();
  for (const file of ir.files) {
    if (file.kind !== 'certificate' || !used.has(file.path)) continue;
    const [leaf] = file.chain;
    if (leaf !== undefined) fingerprints.set(file.path, fingerprint(leaf));
  }
  return fingerprints;
}

/** SHA-1 of a certificate, lower case hex, as HAProxy and a handshake show it. */
export function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint.replaceAll(':', '').toLowerCase();
}
