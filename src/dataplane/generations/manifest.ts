import type { Generation } from '../port.ts';

/** What a generation says about itself, as JSON with stable keys. */
export function writeManifest(generation: Generation, haproxyVersion: string): string {
  const { number, digest, createdAt } = generation;
  const manifest = { number, digest, createdAt: new Date(createdAt).toISOString(), haproxyVersion };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Undefined when the file is not a manifest: the directory is then no generation of ours. */
export function readManifest(text: string): Generation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('number' in value) || !('digest' in value) || !('createdAt' in value)) return undefined;
  const { number, digest, createdAt } = value;
  if (typeof number !== 'number' || typeof digest !== 'string' || typeof createdAt !== 'string')
    return undefined;
  return { number, digest, createdAt: Date.parse(createdAt) };
}
