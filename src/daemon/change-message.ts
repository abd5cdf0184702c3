import type { ChangeAnswer } from '../contract/answers.ts';
import type { OnProgress } from '../contract/controller.ts';
import type { ApplyRequest, RollbackRequest } from '../contract/operations.ts';
import type { Draft } from '../declaration/draft.ts';
import { type Diagnostic, sortDiagnostics } from '../kernel/diagnostic.ts';
import type { ChangeResult } from '../reconcile/change-result.ts';
import type { Refusal } from '../reconcile/outcome.ts';
import type { Listen } from '../reconcile/progress.ts';
import type { Proposal } from '../reconcile/proposal.ts';
import { toStored } from './sent-files.ts';

/** How long a change is watched when nobody says otherwise, in milliseconds. */
const defaultGuard = 10_000;
/** Who asks, when nobody says so. */
export const nobody = 'unknown';

/** How a change is watched, and who wants it, as a request says it. */
export function watchOf({
  guard = defaultGuard,
  confirmWithin,
  force = false,
  author = nobody,
  reason,
}: Omit<RollbackRequest, 'revision'>) {
  return {
    guard,
    force,
    author,
    ...(confirmWithin === undefined ? {} : { confirmWithin }),
    ...(reason === undefined ? {} : { reason }),
  };
}

export function toProposal(request: ApplyRequest, ifRevision?: number): Proposal {
  return {
    ...watchOf(request),
    kind: 'apply',
    declaration: toStored(request),
    ...(ifRevision === undefined ? {} : { ifRevision }),
  };
}

export function listenTo(onProgress: OnProgress): Listen {
  return (stage, state, detail) => onProgress({ stage, state, ...(detail === undefined ? {} : { detail }) });
}

export function toAnswer(result: ChangeResult): ChangeAnswer {
  const { kind, how, stage, revision, generation, plan, evidence, confirmBy, draft } = result;
  return {
    outcome: kind,
    ...(how === undefined ? {} : { how }),
    ...(stage === undefined ? {} : { stage }),
    ...(revision === undefined ? {} : { revision }),
    ...(generation === undefined
      ? {}
      : { generation: { number: generation.number, digest: generation.digest } }),
    ...(plan === undefined ? {} : { plan: { impact: plan.impact, steps: plan.steps } }),
    evidence,
    ...(confirmBy === undefined ? {} : { confirmBy }),
    findings: located(result.refusals, draft, result.findings),
  };
}

/** What was found outside the declaration, at its place in it. */
export function located(
  refusals: readonly Refusal[],
  draft: Draft | undefined,
  findings: readonly Diagnostic[],
): Diagnostic[] {
  const placed = refusals.map(({ code, severity = 'error', path = [], what, mend }): Diagnostic => {
    const finding = { code, severity, path, what, mend };
    return draft === undefined ? finding : draft.origins.diagnose(finding);
  });
  return sortDiagnostics([...findings, ...placed]);
}
