import type { Code } from '../kernel/codes.ts';
import type { Diagnostic } from '../kernel/diagnostic.ts';
import type { DriftItem } from '../model/drift.ts';
import type { Intent } from '../model/intent.ts';
import type { RevealedRing } from '../model/ticket-ring.ts';
import type { Impact, Step } from '../plan/plan.ts';
import type { Stage, StageState } from '../reconcile/progress.ts';
import type { Revision } from '../store/revision.ts';

/** What became of a change of the configuration: an `apply`, a rollback, a new certificate. */
export interface ChangeAnswer {
  /**
   * `invalid`: the declaration has errors. `refused`: HAProxy, this machine or the servers would not take it, and
   * nothing in service was touched. `rolledBack`: it was tried, did not work or made the service worse, and the state
   * before is in service. `awaiting`: in service, and undone unless it is confirmed.
   */
  readonly outcome: 'applied' | 'awaiting' | 'unchanged' | 'invalid' | 'refused' | 'rolledBack';
  /** How HAProxy took it. */
  readonly how?: 'started' | 'reloaded' | 'runtime';
  /** The stage that refused. */
  readonly stage?: Stage;
  /** Absent when nothing was accepted. For `rolledBack` the one that was undone. */
  readonly revision?: number;
  readonly generation?: { readonly number: number; readonly digest: string };
  readonly plan?: PlanSummary;
  /** Whole sentences: what the watch saw, why it was undone, what was put off. */
  readonly evidence: readonly string[];
  /** For `awaiting`: when it is undone, in milliseconds since 1970. */
  readonly confirmBy?: number;
  /** Everything found in the declaration; errors, what HAProxy or the machine refused, and warnings. */
  readonly findings: readonly Diagnostic[];
}

/** Told while a change is under way. */
export interface Progress {
  readonly stage: Stage;
  readonly state: StageState;
  /** A sentence or clause for people; never a secret. */
  readonly detail?: string;
}

/** What a change needs, as data for people. */
export interface PlanSummary {
  readonly impact: Impact;
  readonly steps: readonly Step[];
}

export interface PlanAnswer {
  readonly findings: readonly Diagnostic[];
  /** Absent when the declaration has errors. */
  readonly plan?: PlanSummary;
  /** Unified differences, empty when there are none. Files with keys are named, never shown. */
  readonly declaration: string;
  readonly haproxy: string;
  /** Empty also on a machine that is no node of a pair. */
  readonly keepalived: string;
  /** The same; absent from a controller that does not know of it. */
  readonly bird?: string;
}

export interface ConfigurationAnswer {
  readonly revision: number;
  readonly digest: string;
  readonly file: string;
  readonly text: string;
}

export interface RevisionAnswer extends Revision {
  readonly file: string;
  readonly text: string;
  /** Files that the declaration names, with the SHA-256 of what was in them; never their content. */
  readonly files: readonly { readonly name: string; readonly sha256?: string }[];
}

export interface RevisionsAnswer {
  readonly inService?: number;
  readonly revisions: readonly Revision[];
}

/** An intent, and the servers it is about at this moment. */
export interface IntentInForce extends Intent {
  readonly servers: readonly { readonly service: string; readonly server: string }[];
}

export interface IntentsAnswer {
  readonly intents: readonly IntentInForce[];
}

export interface GiveAnswer {
  /** The addresses that this node gave up; empty when it held none. */
  readonly addresses: readonly string[];
  /** Until the last of them was gone, in milliseconds. */
  readonly took: number;
}

export interface WithdrawAnswer {
  /** Until no router was told of an address any more, in milliseconds. */
  readonly took: number;
}

export interface AnnounceAnswer {
  /** Whether it was withdrawn. */
  readonly announced: boolean;
}

export interface RetireAnswer {
  /** Whether there were connections. */
  readonly retired: boolean;
}

export interface DriftAnswer {
  readonly drift: readonly DriftItem[];
}

/** A problem document, RFC 9457, with the words of a finding. */
export interface ProblemAnswer {
  /** `urn:aorta:` and the code. */
  readonly type: string;
  /** The meaning of the code. */
  readonly title: string;
  readonly status: number;
  /** What is wrong here. */
  readonly detail: string;
  readonly code: Code;
  readonly mend: string;
  /** The revision that it happened to; absent when it was none. */
  readonly change?: number;
  /** For `bad-request`: each part of the request that is not of the contract, with its path there. */
  readonly findings?: readonly Diagnostic[];
}

/** Secret: only for who proves to be a node of the pair, or the operator; never to be printed. */
export interface TicketsAnswer {
  readonly keys: RevealedRing;
}
