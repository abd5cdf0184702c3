import { compile } from '../../compile/compile.ts';
import { type RenderedFile, type Rendering, textOf } from '../../ir/rendering.ts';
import { formatPath } from '../../kernel/path.ts';
import { Secret } from '../../kernel/secret.ts';
import { render as renderIr } from '../../render/render.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { exitCodeFor, findingsAsJson, formatFindings, toJson } from '../findings.ts';
import { load } from '../load.ts';
import { preview } from '../preview.ts';

export interface RenderOptions {
  readonly json: boolean;
  /** Where to write haproxy.cfg and its companions; absent: print haproxy.cfg. */
  readonly out: string | undefined;
  /** Lets the installed HAProxy read the result. */
  readonly check: boolean;
}

/** Turns a declaration into haproxy.cfg and its companions. */
export async function render(file: string, options: RenderOptions, context: CliContext): Promise<ExitCode> {
  const { configuration, diagnostics } = await load(file, context.now());
  if (configuration === undefined) {
    if (options.json) context.write(toJson({ findings: findingsAsJson(diagnostics) }));
    else context.warn(formatFindings(diagnostics, context));
    return exitCodeFor(diagnostics);
  }
  const rendering = renderIr(compile(configuration, preview));
  const problems = options.check ? await context.machine.checkRendering(rendering) : [];
  if (options.out !== undefined) await context.machine.writeRendering(rendering, options.out);
  if (options.json) {
    context.write(
      toJson({
        digest: rendering.digest,
        files: rendering.files.map((one) => ({ path: one.path, ...contentAsJson(one) })),
        problems,
        findings: findingsAsJson(diagnostics),
      }),
    );
    return problems.length > 0 ? 1 : 0;
  }
  context.warn(formatFindings(diagnostics, context));
  for (const { line, what } of problems)
    context.warn(`${place(rendering, line)}${context.colors.red('refused')} by HAProxy: ${what}\n`);
  if (options.out !== undefined) context.write(`wrote ${rendering.files.length} files to ${options.out}\n`);
  else if (!options.check) context.write(textOf(rendering, 'haproxy.cfg'));
  if (options.check && problems.length === 0) context.write('HAProxy takes the configuration\n');
  return problems.length > 0 ? 1 : 0;
}

function place(rendering: Rendering, line: number | undefined): string {
  if (line === undefined) return '';
  const path = rendering.sourceMap[line - 1];
  return `haproxy.cfg:${line}${path === undefined ? '' : ` (${formatPath(path)})`} `;
}

function contentAsJson({ content }: RenderedFile): object {
  return content instanceof Secret ? { secret: true } : { content };
}
