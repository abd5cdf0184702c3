import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Door, Place } from './place.ts';

/** A balancer that is measured. */
export interface Subject {
  /** As tables name it. */
  readonly name: string;
  readonly doors: readonly Door[];
  readonly http2: boolean;
  /** Other methods than GET, with their bodies. */
  readonly writes: boolean;
  /** Writes its configuration. @returns the commands that run it, in the foreground */
  prepare(place: Place): Promise<readonly Command[]>;
}

export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Writes a configuration of `subjects/` with its words in braces filled in. @returns its path */
export async function configured(
  template: string,
  { directory, address, certificates }: Place,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const values: Record<string, string> = { directory, address, ...certificates, ...more };
  const text = await readFile(join(import.meta.dirname, 'subjects', template), 'utf8');
  const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${template} names ${name}`);
    return value;
  });
  const file = join(directory, template);
  await writeFile(file, filled);
  return file;
}
