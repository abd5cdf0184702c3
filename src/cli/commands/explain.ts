import { compile } from '../../compile/compile.ts';
import { type Explained, explain as explainDraft, explainPath } from '../../declaration/explain.ts';
import { memoryBudget, serviceSizes } from '../../ir/memory-budget.ts';
import { formatPath, parsePath } from '../../kernel/path.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { exitCodeFor, findingsAsJson, formatFindings, toJson } from '../findings.ts';
import { load } from '../load.ts';
import { memoryText } from '../memory-text.ts';
import { preview } from '../preview.ts';

/** Shows the full expansion of a declaration: every value with where it comes from. */
export async function explain(
  file: string,
  wanted: string | undefined,
  options: { readonly json: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const { draft, configuration, diagnostics } = await load(file, context.now());
  const path = wanted === undefined ? [] : parsePath(wanted);
  if (path === undefined) {
    context.warn(
      `${JSON.stringify(wanted)} is not a path; write it like virtualServices.live-apis.timeouts.server\n`,
    );
    return 2;
  }
  if (draft === undefined) {
    context.warn(formatFindings(diagnostics, context));
    return 2;
  }
  const explained = explainPath(explainDraft(draft), path);
  // The budget is about the whole file, so it is not shown with a part of it.
  const memory =
    configuration === undefined || path.length > 0
      ? undefined
      : memoryBudget(serviceSizes(compile(configuration, preview)));
  if (options.json) {
    context.write(
      toJson({
        values: explained.map(asJson),
        ...(memory === undefined ? {} : { memory }),
        findings: findingsAsJson(diagnostics),
      }),
    );
    return exitCodeFor(diagnostics);
  }
  if (explained.length === 0) {
    context.warn(`nothing is declared at ${wanted}; \`aorta explain ${file}\` lists every path\n`);
    return 2;
  }
  for (const value of explained) context.write(asText(value, context));
  if (memory !== undefined) context.write(memoryText(memory, context));
  context.warn(formatFindings(diagnostics, context));
  return exitCodeFor(diagnostics);
}

function asText({ path, value, origin, description }: Explained, { colors }: CliContext): string {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  const about = description === undefined ? '' : `    ${colors.dim(description)}\n`;
  return `${colors.bold(formatPath(path))}: ${abridge(shown)}\n    ${colors.cyan(originAsText(origin))}\n${about}`;
}

/** Long lists are for `--json`; here the reader wants to see what kind of value it is. */
function abridge(text: string): string {
  return text.length > 160 ? `${text.slice(0, 150)}... (${text.length} characters, whole with --json)` : text;
}

function originAsText(origin: Explained['origin']): string {
  switch (origin.kind) {
    case 'written':
      return `written in line ${origin.location.line}`;
    case 'parameter':
      return `from ${formatPath(origin.path)}, line ${origin.location.line}`;
    case 'blueprint':
      return `blueprint of ${formatPath(origin.path)}: ${origin.source}`;
    case 'default':
      return origin.source === undefined ? 'default' : `default: ${origin.source}`;
  }
}

function asJson({ path, value, origin, description }: Explained): object {
  return {
    path: formatPath(path),
    value,
    origin: origin.kind,
    ...(origin.kind === 'default' ? {} : { from: formatPath(origin.path), line: origin.location.line }),
    ...('source' in origin ? { source: origin.source } : {}),
    description,
  };
}
