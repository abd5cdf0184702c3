import { compile } from '../../compile/compile.ts';
import { compileNode } from '../../compile/node.ts';
import { servedHere } from '../../declaration/served-here.ts';
import { type RenderedFile, type Rendering, textOf } from '../../ir/rendering.ts';
import { formatPath } from '../../kernel/path.ts';
import { Secret } from '../../kernel/secret.ts';
import type { NodeFacts } from '../../model/node.ts';
import { render as renderIr } from '../../render/render.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { exitCodeFor, findingsAsJson, formatFindings, toJson } from '../findings.ts';
import { loadFor } from '../load-node.ts';
import { preview } from '../preview.ts';

export interface RenderOptions {
  readonly json: boolean;
  /** Where to write haproxy.cfg and its companions; absent: print haproxy.cfg. */
  readonly out: string | undefined;
  /** Lets the installed HAProxy, and keepalived or BIRD, read the result. */
  readonly check: boolean;
  /** Of the machine that it is rendered for; absent: for none, and without keepalived.conf or bird.conf. */
  readonly nodeFile: string | undefined;
}

/** Turns a declaration into haproxy.cfg and its companions; for a node of several keepalived.conf or bird.conf is one of them. */
export async function render(file: string, options: RenderOptions, context: CliContext): Promise<ExitCode> {
  const { configuration, diagnostics, node, sharing } = await loadFor(file, options.nodeFile, context.now());
  if (configuration === undefined) {
    if (options.json) context.write(toJson({ findings: findingsAsJson(diagnostics) }));
    else context.warn(formatFindings(diagnostics, context));
    return exitCodeFor(diagnostics);
  }
  const facts: NodeFacts = {
    ...preview,
    ...(node === undefined ? {} : { node }),
    ...(sharing === undefined ? {} : { sharing }),
  };
  const here = servedHere(configuration, facts);
  const rendering = renderIr(compile(here, facts), compileNode(here, facts));
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
  for (const { by, line, what } of problems)
    context.warn(`${place(rendering, line)}${context.colors.red('refused')} by ${by}: ${what}\n`);
  if (options.out !== undefined) context.write(`wrote ${rendering.files.length} files to ${options.out}\n`);
  else if (!options.check) context.write(textOf(rendering, 'haproxy.cfg'));
  if (options.check && problems.length === 0) context.write(`${takers(rendering)} the configuration\n`);
  return problems.length > 0 ? 1 : 0;
}

function takers(rendering: Rendering): string {
  if (textOf(rendering, 'bird.conf') !== '') return 'HAProxy and BIRD take';
  return textOf(rendering, 'keepalived.conf') === '' ? 'HAProxy takes' : 'HAProxy and keepalived take';
}

function place(rendering: Rendering, line: number | undefined): string {
  if (line === undefined) return '';
  const path = rendering.sourceMap[line - 1];
  return `haproxy.cfg:${line}${path === undefined ? '' : ` (${formatPath(path)})`} `;
}

function contentAsJson({ content }: RenderedFile): object {
  return content instanceof Secret ? { secret: true } : { content };
}
