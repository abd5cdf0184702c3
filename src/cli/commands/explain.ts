import { compile } from '../../compile/compile.ts';
import { sizing } from '../../compile/sizing.ts';
import { type Explained, explain as explainDraft, explainPath } from '../../declaration/explain.ts';
import { memoryBudget, serviceSizes } from '../../ir/memory-budget.ts';
import { formatPath, parsePath } from '../../kernel/path.ts';
import type { MachineSize } from '../../model/machine-size.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { exitCodeFor, findingsAsJson, formatFindings, toJson } from '../findings.ts';
import { load } from '../load.ts';
import { memoryText } from '../memory-text.ts';
import { preview } from '../preview.ts';
import { sizingText } from '../sizing-text.ts';

export interface ExplainOptions {
  readonly json: boolean;
  /** Sizes of machines to say it for; absent: this one. */
  readonly cores?: readonly number[] | undefined;
  /** Of each of them, in bytes; absent: that of this machine, or what {@link cores} usually come with. */
  readonly memory?: number | undefined;
}

/** Memory of a virtual machine, for each core, unless it is said. */
const usualMemory = 2 * 1_024 ** 3;

/** Shows the full expansion of a declaration: every value with where it comes from. */
export async function explain(
  file: string,
  wanted: string | undefined,
  options: ExplainOptions,
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
  if (path.length > 0 && (options.cores !== undefined || options.memory !== undefined)) {
    context.warn('--cores and --memory are about the whole declaration; leave out the path\n');
    return 2;
  }
  if (draft === undefined) {
    context.warn(formatFindings(diagnostics, context));
    return 2;
  }
  const explained = explainPath(explainDraft(draft), path);
  // The budget and what a machine bears are about the whole file, so they are not shown with a part of it.
  const whole = configuration === undefined || path.length > 0 ? undefined : configuration;
  const ir = whole === undefined ? undefined : compile(whole, preview);
  const memory = ir === undefined ? undefined : memoryBudget(serviceSizes(ir));
  const sizings =
    whole === undefined || ir === undefined
      ? []
      : (await machines(options, context)).map((machine) => sizing(whole, ir, machine));
  if (options.json) {
    context.write(
      toJson({
        values: explained.map(asJson),
        ...(memory === undefined ? {} : { memory, machines: sizings }),
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
  for (const one of sizings) context.write(sizingText(one, context));
  context.warn(formatFindings(diagnostics, context));
  return exitCodeFor(diagnostics);
}

async function machines(
  { cores, memory }: ExplainOptions,
  { machine }: CliContext,
): Promise<readonly MachineSize[]> {
  if (cores !== undefined) {
    return cores.map((count) => ({ cores: count, memory: memory ?? count * usualMemory }));
  }
  const own = await machine.size();
  return [memory === undefined ? own : { ...own, memory }];
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
