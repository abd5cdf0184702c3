import { access, constants, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { readDraft } from '../../declaration/draft.ts';
import type { FileContent, FileContents } from '../../declaration/files.ts';
import { type NewFiles, replacedFiles } from '../../declaration/replaced-files.ts';
import { Failure } from '../../kernel/failure.ts';
import { readDeclarationText, readFiles } from '../../store/declaration-files.ts';
import { oldSuffix, replaceOwnedFile } from '../../store/replace-file.ts';
import { carryOut } from '../change.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { controllerOf } from '../nodes/resolve.ts';
import { type WatchOptions, type WhereOptions, watchOf } from '../options.ts';
import { toSentFile } from '../send.ts';

export interface CertReplaceOptions extends WatchOptions, WhereOptions {
  readonly json: boolean;
  readonly key?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** The declaration whose files are replaced on disk too. */
  readonly declaration?: string | undefined;
}

/** Replaces a certificate and its key in service, and on disk when the declaration is named. */
export async function certReplace(
  name: string,
  file: string,
  options: CertReplaceOptions,
  context: CliContext,
): Promise<ExitCode> {
  const controller = await controllerOf(options, context);
  const given: NewFiles<string> = { file, key: options.key, password: options.passwordFile };
  const contents = await readGiven(given);
  const declared =
    options.declaration === undefined ? undefined : await declaredFiles(name, options.declaration, given);
  let inService = false;
  let final = true;
  const change = async (live: Parameters<Parameters<typeof carryOut>[0]>[0]) => {
    const request = { name, ...sentFiles(given, contents), ...watchOf(options, context) };
    const answer = await call(controller, 'certificate', request, live);
    inService = ['applied', 'awaiting', 'unchanged'].includes(answer.outcome);
    final = answer.outcome !== 'awaiting';
    return answer;
  };
  const exitCode = await carryOut(change, options, context);
  if (!inService) return exitCode;
  if (declared === undefined) {
    context.warn(
      `${context.colors.yellow('warning')}: replace also the file that the declaration names for ${name}, or the next \`aorta apply\` brings the old certificate back; --declaration FILE does it\n`,
    );
    return exitCode;
  }
  if (!final) {
    const names = [...declared.keys()].join(', ');
    context.warn(
      `${context.colors.yellow('warning')}: ${names} is not replaced on disk while the change waits to be confirmed; do it after \`aorta confirm\`\n`,
    );
    return exitCode;
  }
  return (await replaceOnDisk(declared, contents, options.json, context)) ? exitCode : 1;
}

async function readGiven(given: NewFiles<string>): Promise<FileContents> {
  const paths = [given.file, given.key, given.password].filter((path) => path !== undefined);
  const contents = await readFiles(
    paths.map((path) => ({ file: path, path: [], secret: true })),
    '.',
  );
  for (const [path, content] of contents) {
    if (content.kind === 'read') continue;
    const mend = 'correct the path, or its permissions';
    throw new Failure('file-unreadable', `cannot read ${JSON.stringify(path)}: ${content.reason}`, mend);
  }
  return contents;
}

function sentFiles({ file, key, password }: NewFiles<string>, contents: FileContents) {
  const sent = (path: string) => toSentFile(contentOf(contents, path));
  return {
    file: sent(file),
    ...(key === undefined ? {} : { key: sent(key) }),
    ...(password === undefined ? {} : { password: sent(password) }),
  };
}

function contentOf(contents: FileContents, path: string): FileContent {
  return contents.get(path) ?? { kind: 'unreadable', reason: 'it was not read' };
}

/**
 * The files on disk to replace, with the new ones. Looked up before anything is sent: what cannot be replaced later is
 * better refused now.
 */
async function declaredFiles(
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

async function replaceOnDisk(
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
