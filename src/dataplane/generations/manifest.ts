import type { RenderedFile, Rendering } from '../../ir/rendering.ts';
import { sha256 } from '../../kernel/digest.ts';
import { remembered } from '../../kernel/remembered.ts';
import { Secret } from '../../kernel/secret.ts';
import type { Generation } from '../port.ts';

/** What a generation says about itself, as JSON with stable keys. */
export function writeManifest(
  generation: Generation,
  haproxyVersion: string,
  digests: ReadonlyMap<string, string>,
): string {
  const { number, digest, createdAt } = generation;
  const manifest = {
    number,
    digest,
    createdAt: new Date(createdAt).toISOString(),
    haproxyVersion,
    files: Object.fromEntries(digests),
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** The digests of files that are to be written, by path. */
export function digestsOf({ files }: Rendering): ReadonlyMap<string, string> {
  return new Map(files.map((file) => [file.path, digestOf(file)]));
}

/** Files that a change leaves as they were are the very same objects. */
const digestOf = remembered(({ content }: RenderedFile) =>
  sha256(content instanceof Secret ? content.reveal() : content),
);

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
