import type { Generation } from '../dataplane/port.ts';
import type { Draft } from '../declaration/draft.ts';
import type { Diagnostic } from '../kernel/diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import type { How, Outcome, Refusal } from './outcome.ts';
import type { Stage } from './progress.ts';

/** What became of a change of the declaration. */
export interface ChangeResult {
  /**
   * `invalid`: the declaration has errors. `refused`: nothing in service was touched. `rolledBack`: it was tried, and
   * what was before is in service. `awaiting`: in service, and undone unless it is confirmed.
   */
  readonly kind: 'applied' | 'awaiting' | 'unchanged' | 'invalid' | 'refused' | 'rolledBack';
  readonly how?: How;
  /** Where it ended, when it was refused or rolled back. */
  readonly stage?: Stage;
  /** Absent when nothing was accepted; for `rolledBack` the one that was undone. */
  readonly revision?: number;
  readonly generation?: Generation;
  readonly plan?: Plan;
  /** Whole sentences. */
  readonly evidence: readonly string[];
  readonly confirmBy?: number;
  /** Found in the declaration itself. */
  readonly findings: readonly Diagnostic[];
  /** Found by HAProxy, on this machine or at the servers. */
  readonly refusals: readonly Refusal[];
  /** To show refusals at their place; absent when the declaration could not be read. */
  readonly draft?: Draft;
}

/** What is left to say of a change that did not come to be watched. */
export function resultOf(outcome: Outcome, revision: number | undefined): ChangeResult {
  const common = { evidence: [], findings: [], ...(revision === undefined ? {} : { revision }) };
  switch (outcome.kind) {
    case 'unchanged':
      return { ...common, kind: 'unchanged', generation: outcome.generation, refusals: [] };
    case 'refused':
      return { ...common, kind: 'refused', stage: outcome.stage, refusals: outcome.refusals };
    case 'rolledBack': {
      const { reason, notRestored, stage } = outcome;
      const evidence =
        notRestored === undefined ? [] : [`What was before could not be put back: ${notRestored.what}.`];
      const refusals = notRestored === undefined ? [reason] : [reason, notRestored];
      return { ...common, kind: 'rolledBack', stage, evidence, refusals };
    }
    case 'applied': {
      const { how, generation, remarks, escalated } = outcome;
      const evidence =
        escalated === undefined ? [] : [`A command did not do, so HAProxy was reloaded: ${escalated.what}.`];
      return { ...common, kind: 'applied', how, generation, evidence, refusals: remarks };
    }
  }
}

/** Why something did not come to be, as sentences. */
export function sentencesOf(outcome: Outcome): string[] {
  return resultOf(outcome, undefined).refusals.map(({ what }) => `${what}.`);
}
