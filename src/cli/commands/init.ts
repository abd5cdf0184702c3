import { access, chmod, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { starter } from '../../blueprints/registry.ts';
import { type Answers } from '../../blueprints/starter.ts';
import { readDraft } from '../../declaration/draft.ts';
import { listeners } from '../../declaration/rules/listeners.ts';
import type { Diagnostic } from '../../kernel/diagnostic.ts';
import { hasErrors } from '../../kernel/diagnostic.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { findingsAsJson, formatFindings, toJson } from '../findings.ts';
import { complaintsOf } from '../init/complaints.ts';
import { declarationText } from '../init/declaration-text.ts';
import { answersIn, fromFlags, type InitFlags } from '../init/from-flags.ts';
import { interview, type Terminal } from '../init/interview.ts';

export interface InitOptions {
  readonly force: boolean;
  readonly json: boolean;
  /** The answers that were given as flags. */
  readonly flags: InitFlags;
}

const here: Terminal = { input: process.stdin, output: process.stdout };

/**
 * Writes a declaration to start from. On a terminal it asks for what the flags did not say; otherwise all that
 * is missing or wrong is reported at once. An existing file is kept unless `force`.
 */
export async function init(
  file: string,
  options: InitOptions,
  context: CliContext,
  terminal: Terminal = here,
): Promise<ExitCode> {
  const { force, json, flags } = options;
  if (!force && (await exists(file))) return refuse(options, context, file, [alreadyThere(file)]);

  const asking = context.interactive && !json;
  const answered = asking ? await ask(flags, terminal) : fromFlags(flags, starter.questions);
  if (answered === undefined) {
    context.warn('given up; nothing was written\n');
    return 1;
  }
  if (answered.problems.length > 0) return refuse(options, context, file, answered.problems);

  const text = declarationText(starter.outline(answered.answers));
  const findings = mistakesIn(text, basename(file));
  if (hasErrors(findings)) {
    if (json)
      context.write(toJson({ file, written: false, problems: [], findings: findingsAsJson(findings) }));
    else context.warn(`${formatFindings(findings, context)}nothing was written\n`);
    return 2;
  }
  return await write(file, text, answered.answers, options, context);
}

/** What flags say is checked first: a mistake in them is not worth an interview. */
async function ask(flags: InitFlags, terminal: Terminal) {
  const given = answersIn(flags);
  const problems = starter.questions.flatMap((question) =>
    complaintsOf(question, given[question.key] ?? []).map(
      (complaint) => `${question.flag ?? question.key}: ${complaint}`,
    ),
  );
  if (problems.length > 0) return { answers: given, problems };
  const answers = await interview(starter.questions, given, terminal);
  return answers === undefined ? undefined : { answers, problems: [] };
}

/** What no single answer can show: two services on one address, a machine with two addresses. */
function mistakesIn(text: string, file: string): readonly Diagnostic[] {
  const draft = readDraft(text, file);
  if (!draft.ok) return draft.error;
  return [...draft.value.findings, ...listeners(draft.value)].map((finding) =>
    draft.value.origins.diagnose(finding),
  );
}

async function write(
  file: string,
  text: string,
  answers: Answers,
  { force, json }: Pick<InitOptions, 'force' | 'json'>,
  context: CliContext,
): Promise<ExitCode> {
  try {
    await writeFile(file, text, { mode: 0o644, flag: force ? 'w' : 'wx' });
    // The mode of writeFile is subject to the umask, and counts for new files only.
    await chmod(file, 0o644);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    // Somebody else wrote it while we were asking.
    if (code === 'EEXIST') return refuse({ json }, context, file, [alreadyThere(file)]);
    const problem = `cannot write ${JSON.stringify(file)} (${code}); is its folder there, and may you write to it?`;
    if (json) context.write(toJson({ file, written: false, problems: [problem], findings: [] }));
    else context.warn(`${problem}\n`);
    return 1;
  }
  const absent = await absentFiles(file, answers);
  if (json) {
    context.write(toJson({ file, written: true, absent, problems: [], findings: [] }));
    return 0;
  }
  const { colors } = context;
  const command = (verb: string) => `  ${colors.bold(`aorta ${verb} ${shellWord(file)}`)}\n`;
  context.write(
    `wrote ${file}\n${absent.length === 0 ? '' : `\nPut in place first: ${absent.join(', ')}\n`}\nNext:\n${command('check')}${command('up')}`,
  );
  return 0;
}

/** Files that the declaration names and that are not there yet. */
async function absentFiles(file: string, answers: Answers): Promise<readonly string[]> {
  const named = (['certificate', 'passwordFile', 'ca'] as const).flatMap((key) => answers[key] ?? []);
  const absent: string[] = [];
  for (const name of named) {
    if (!(await exists(isAbsolute(name) ? name : resolve(dirname(file), name)))) absent.push(name);
  }
  return absent;
}

function refuse(
  { json }: { readonly json: boolean },
  context: CliContext,
  file: string,
  problems: readonly string[],
): ExitCode {
  if (json) context.write(toJson({ file, written: false, problems, findings: [] }));
  else context.warn(`${problems.map((problem) => `${problem}\n`).join('')}nothing was written\n`);
  return 2;
}

function alreadyThere(file: string): string {
  return `${JSON.stringify(file)} is already there; give another name, or --force to overwrite it`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** A file name as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
