import { access, constants, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { readDraft } from '../declaration/draft.ts';
import type { FileContent, FileContents } from '../declaration/files.ts';
import { type NewFiles, replacedFiles } from '../declaration/replaced-files.ts';
import { Failure } from '../kernel/failure.ts';
import { readDeclarationText } from '../store/declaration-files.ts';
import { oldSuffix, replaceOwnedFile } from '../store/replace-file.ts';
import type { CliContext } from './context.ts';

/**
 * The files on disk to replace, with the new ones. Looked up before anything is sent: what cannot be replaced later is
 * better refused now.
 */
export async function declaredFiles(
  name: string,
  declaration: string,
  given: NewFiles<string>,
): Promise<ReadonlyMap<string, string>> {
  const draft = readDraft(await readDeclarationText(declaration), basename(declaration));
  const source = draft.ok ? draft.value.certificates.get(name)?.value : undefined;
  if (source === undefined) {
    const what = `${JSON.stringify(declaration)} declares no certificate ${JSON.stringify(name)}`;
    const names = draft.ok ? [...draft.value.certificates.keys()].join(', ') : '';
    const mend = names === '' ? 'name the declaration in service' : `use one of: ${names}`;
    throw new Failure('unknown-certificate', what, mend);
  }
  const replaced = replacedFiles(name, source, given);
  if (!replaced.ok) throw replaced.error;
  const found = new Map<string, string>();
  for (const [declared, path] of replaced.value) {
    const old = isAbsolute(declared) ? declared : resolve(dirname(declaration), declared);
    const target = await writable(old);
    // Who renews in place gives the declared file itself.
    if (target !== (await realpath(path))) found.set(old, path);
  }
  return found;
}

async function writable(path: string): Promise<string> {
  try {
    const target = await realpath(path);
    await access(dirname(target), constants.W_OK);
    return target;
  } catch (cause) {
    const mend = 'run the command as an account that may, or without --declaration';
    throw new Failure('file-unreadable', `${JSON.stringify(path)} cannot be replaced`, mend, { cause });
  }
}

/** Writes the new files in the place of the old ones, and says so. @returns whether all are replaced */
export async function replaceOnDisk(
  files: ReadonlyMap<string, string>,
  contents: FileContents,
  asJson: boolean,
  context: CliContext,
): Promise<boolean> {
  let done = true;
  for (const [old, path] of files) {
    const content = contentOf(contents, path);
    try {
      if (content.kind === 'unreadable') throw new Error(content.reason);
      await replaceOwnedFile(old, content.bytes);
      if (!asJson) context.write(`replaced on disk: ${old} (before: ${old}${oldSuffix})\n`);
    } catch (error) {
      done = false;
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      context.warn(
        `${context.colors.red('error')}: the certificate is in service, but ${old} could not be replaced${code}; do it by hand, or the next \`aorta apply\` brings the old one back\n`,
      );
    }
  }
  return done;
}

/** What a file held when it was read. */
export function contentOf(contents: FileContents, path: string): FileContent {
  return contents.get(path) ?? { kind: 'unreadable', reason: 'it was not read' };
}
