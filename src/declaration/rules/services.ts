import type { Finding } from '../../kernel/diagnostic.ts';
import type { Draft } from '../draft.ts';

/** A declaration that serves nothing is allowed, to begin with, but hardly meant. */
export function* services(draft: Draft): Generator<Finding> {
  if (draft.virtualServices.size > 0 || draft.findings.some((finding) => finding.severity === 'error'))
    return;
  yield {
    code: 'no-service',
    severity: 'warning',
    path: [],
    what: 'nothing is served: there is neither a service nor a virtual service',
    mend: 'add one under `services` (from a blueprint) or `virtualServices` (spelled out)',
  };
}
