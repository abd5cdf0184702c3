import type { Rendering } from '../../ir/rendering.ts';
import { sha256 } from '../../kernel/digest.ts';
import { Secret } from '../../kernel/secret.ts';
import type { Generation } from '../port.ts';

/** What a generation says about itself, as JSON with stable keys. */
export function writeManifest(generation: Generation, haproxyVersion: string, { files }: Rendering): string {
  const { number, digest, createdAt } = generation;
  const manifest = {
    number,
    digest,
    createdAt: new Date(createdAt).toISOString(),
    haproxyVersion,
    files: Object.fromEntries(files.map(({ path, content }) => [path, digestOfContent(content)])),
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** The digests of the files, by path; undefined in a manifest that was written before there were any. */
export function readFileDigests(text: string): ReadonlyMap<string, string> | undefined {
  const value = parse(text);
  if (value === undefined || !('files' in value)) return undefined;
  const { files } = value;
  if (typeof files !== 'object' || files === null) return undefined;
  return new Map(
    Object.entries(files).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function digestOfContent(content: string | Secret): string {
  return sha256(content instanceof Secret ? content.reveal() : content);
}

/** Undefined when the file is not a manifest: the directory is then no generation of ours. */
export function readManifest(text: string): Generation | undefined {
  const value = parse(text);
  if (value === undefined || !('number' in value) || !('digest' in value) || !('createdAt' in value))
    return undefined;
  const { number, digest, createdAt } = value;
  if (typeof number !== 'number' || typeof digest !== 'string' || typeof createdAt !== 'string')
    return undefined;
  return { number, digest, createdAt: Date.parse(createdAt) };
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
