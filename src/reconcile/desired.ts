import { compile } from '../compile/compile.ts';
import { compileNode } from '../compile/node.ts';
import { adviseNode } from '../declaration/advise-node.ts';
import { configure } from '../declaration/configure.ts';
import { type Draft, readDraft } from '../declaration/draft.ts';
import { judgeNode } from '../declaration/judge-node.ts';
import { servedHere } from '../declaration/served-here.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import type { NodeIr } from '../ir/node.ts';
import type { Rendering } from '../ir/rendering.ts';
import { type Diagnostic, type Finding, sortDiagnostics } from '../kernel/diagnostic.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Configuration } from '../model/configuration.ts';
import type { Intent } from '../model/intent.ts';
import type { NodeFacts } from '../model/node.ts';
import { render } from '../render/render.ts';
import type { StoredDeclaration } from '../store/revision.ts';

/** A declaration that is valid. */
export interface Accepted {
  readonly declaration: StoredDeclaration;
  readonly draft: Draft;
  readonly configuration: Configuration;
  /** Warnings and advice. */
  readonly findings: readonly Diagnostic[];
}

/** What is wanted of HAProxy, and of keepalived or BIRD: a declaration and the intents in force, down to the bytes. */
export interface Desired extends Accepted, NodeIr {
  readonly intents: readonly Intent[];
  readonly ir: HaproxyIr;
  readonly rendering: Rendering;
}

/**
 * @param now to judge certificates by, in milliseconds since 1970
 * @param node the machine that it is for: what only another node can serve is left out
 */
export function accept(
  declaration: StoredDeclaration,
  now: number,
  node: NodeFacts,
): Result<Accepted, readonly Diagnostic[]> {
  const draft = readDraft(declaration.text, declaration.file);
  if (!draft.ok) return err(draft.error);
  const { configuration, diagnostics } = configure(draft.value, declaration.files, now);
  if (configuration === undefined) return err(diagnostics);
  const place = (one: Finding) => draft.value.origins.diagnose(one);
  const refusals = [...judgeNode(configuration, node)].map(place);
  if (refusals.length > 0) return err(sortDiagnostics([...refusals, ...diagnostics]));
  const advice = [...adviseNode(configuration, node.sharing)].map(place);
  return ok({
    declaration,
    draft: draft.value,
    configuration: servedHere(configuration, node),
    findings: sortDiagnostics([...advice, ...diagnostics]),
  });
}

/** Everything that follows from a declaration, the intents and the machine. */
export function desire(accepted: Accepted, intents: readonly Intent[], node: NodeFacts): Desired {
  const ir = compile(accepted.configuration, node, intents);
  const told = compileNode(accepted.configuration, node);
  return { ...accepted, ...told, intents, ir, rendering: render(ir, told) };
}
