import { basename, dirname } from 'node:path';
import { configure, type Validated } from '../declaration/configure.ts';
import { type Draft, readDraft } from '../declaration/draft.ts';
import { type FileContents, filesNeeded } from '../declaration/files.ts';
import { readDeclarationText, readFiles } from '../store/declaration-files.ts';

/** A declaration with everything it names, read from this machine's disk. */
export interface Loaded extends Validated {
  /** How findings call the file. */
  readonly file: string;
  readonly text: string;
  readonly contents: FileContents;
  /** Absent when the text is not YAML. */
  readonly draft?: Draft;
}

/** Reads and validates a declaration. @throws Failure `file-unreadable` when the file itself cannot be read */
export async function load(file: string, now: number): Promise<Loaded> {
  const text = await readDeclarationText(file);
  const name = basename(file);
  const draft = readDraft(text, name);
  if (!draft.ok) return { file: name, text, contents: new Map(), diagnostics: draft.error };
  const contents = await readFiles(filesNeeded(draft.value), dirname(file));
  return { file: name, text, contents, draft: draft.value, ...configure(draft.value, contents, now) };
}
