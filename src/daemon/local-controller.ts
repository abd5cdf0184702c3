import { compile } from '../compile/compile.ts';
import type { ChangeAnswer } from '../contract/answers.ts';
import type { Controller } from '../contract/controller.ts';
import type { ApplyRequest, SentFile } from '../contract/operations.ts';
import type { DataPlane } from '../dataplane/port.ts';
import { configure } from '../declaration/configure.ts';
import { type Draft, readDraft } from '../declaration/draft.ts';
import type { FileContent } from '../declaration/files.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import type { Rendering } from '../ir/rendering.ts';
import type { Clock } from '../kernel/clock.ts';
import { type Diagnostic, sortDiagnostics } from '../kernel/diagnostic.ts';
import { Failure } from '../kernel/failure.ts';
import type { Configuration } from '../model/configuration.ts';
import type { NodeFacts } from '../model/node.ts';
import type { Status } from '../model/status.ts';
import { Observer } from '../observe/observer.ts';
import type { Outcome, Refusal } from '../reconcile/outcome.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import { render } from '../render/render.ts';

export interface LocalControllerParts {
  readonly dataPlane: DataPlane;
  readonly reconciler: Reconciler;
  readonly node: NodeFacts;
  readonly clock: Clock;
  /** Called once `down` has ended HAProxy. */
  readonly onDown: () => void;
}

interface InService {
  readonly configuration: Configuration;
  readonly ir: HaproxyIr;
  readonly rendering: Rendering;
}

/** How long requests may take to finish when HAProxy is ended, in milliseconds. */
const stopDeadline = 10_000;

/** The controller of this machine: the whole road of a change, from text to a running HAProxy. */
export class LocalController implements Controller {
  readonly #parts: LocalControllerParts;
  readonly #observer: Observer;
  /** What is in service, as far as this controller brought it there. */
  #inService: InService | undefined;

  constructor(parts: LocalControllerParts) {
    this.#parts = parts;
    this.#observer = new Observer(parts.dataPlane, parts.clock);
  }

  async apply(request: ApplyRequest): Promise<ChangeAnswer> {
    const { clock, node, reconciler } = this.#parts;
    const draft = readDraft(request.text, request.file);
    if (!draft.ok) return { outcome: 'invalid', evidence: [], findings: draft.error };
    const files = new Map(Object.entries(request.files).map(([name, file]) => [name, toFileContent(file)]));
    const { configuration, diagnostics } = configure(draft.value, files, clock.now());
    if (configuration === undefined) return { outcome: 'invalid', evidence: [], findings: diagnostics };
    const ir = compile(configuration, node);
    const rendering = render(ir);
    const outcome = await reconciler.apply(rendering);
    if (outcome.kind === 'applied' || outcome.kind === 'unchanged') {
      this.#inService = { configuration, ir, rendering };
    }
    return toAnswer(outcome, draft.value, diagnostics);
  }

  async status(): Promise<Status> {
    if (this.#inService === undefined) {
      throw new Failure(
        'not-running',
        'nothing is in service: the controller is starting or ending',
        'ask again in a moment',
      );
    }
    return this.#observer.status(this.#inService.configuration, this.#inService.ir, {
      intents: [],
      drift: [],
    });
  }

  /**
   * Starts HAProxy again when it is gone although nobody ended it.
   * @returns what became of it, or undefined when HAProxy runs as it should
   */
  async revive(): Promise<Outcome | undefined> {
    if (this.#inService === undefined || (await this.#parts.dataPlane.adopt()) !== undefined)
      return undefined;
    return await this.#parts.reconciler.apply(this.#inService.rendering);
  }

  /** Ends HAProxy; requests may finish first, for a limited time. */
  async stop(): Promise<void> {
    // From now on it is meant to be gone.
    this.#inService = undefined;
    await this.#parts.reconciler.stop(stopDeadline);
  }

  /** Ends HAProxy at once, also while {@link stop} waits for requests. */
  async stopNow(): Promise<void> {
    this.#inService = undefined;
    await this.#parts.reconciler.stopNow();
  }

  async down(): Promise<void> {
    await this.stop();
    this.#parts.onDown();
  }
}

function toFileContent(file: SentFile): FileContent {
  if (file.kind === 'unreadable') return file;
  return { kind: 'read', bytes: Buffer.from(file.base64, 'base64'), othersCanRead: file.othersCanRead };
}

function toAnswer(outcome: Outcome, draft: Draft, diagnostics: readonly Diagnostic[]): ChangeAnswer {
  const located = (refusals: readonly Refusal[]): Diagnostic[] =>
    sortDiagnostics([...diagnostics, ...refusals.map((refusal) => locate(refusal, draft))]);
  switch (outcome.kind) {
    case 'unchanged':
      return { outcome: 'unchanged', evidence: [], generation: outcome.generation, findings: diagnostics };
    case 'applied':
      return {
        outcome: 'applied',
        evidence: [],
        how: outcome.how,
        generation: outcome.generation,
        findings: diagnostics,
      };
    case 'refused':
      return { outcome: 'refused', evidence: [], stage: outcome.stage, findings: located(outcome.refusals) };
    case 'rolledBack': {
      const reasons =
        outcome.notRestored === undefined ? [outcome.reason] : [outcome.reason, outcome.notRestored];
      return { outcome: 'rolledBack', evidence: [], stage: outcome.stage, findings: located(reasons) };
    }
  }
}

function locate({ code, path, what, mend }: Refusal, draft: Draft): Diagnostic {
  return draft.origins.diagnose({ code, severity: 'error', path: path ?? [], what, mend });
}
