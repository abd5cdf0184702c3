import { randomUUID } from 'node:crypto';
import { Failure } from '../../kernel/failure.ts';
import { declarationDigest } from '../../store/declaration-digest.ts';
import type { PastChange, SharedChange } from '../../store/shared/pair-record.ts';
import type { SharedView } from '../../store/shared/shared-store.ts';
import type { ChangeResult } from '../change-result.ts';
import { accept } from '../desired.ts';
import type { Listen } from '../progress.ts';
import type { Proposal } from '../proposal.ts';
import type { Serving } from '../serving.ts';
import { makingOrder } from './next-step.ts';
import type { Attendance } from './own-part.ts';
import type { SharedRoad } from './shared-road.ts';

/** How often it is looked how far the nodes are, in milliseconds. */
const rhythm = 200;
/** How long the store may be away in the middle of a change until nobody waits any more, in milliseconds. */
const patience = 20_000;
/** How long it may take until this node is back where it was, in milliseconds. */
const backWithin = 60_000;

/** Changes of the declaration that all nodes make, as somebody asks for them at this node. */
export class SharedChanges {
  readonly #road: SharedRoad;
  readonly #serving: Serving;
  readonly #node: string;

  constructor(road: SharedRoad, serving: Serving, node: string) {
    this.#road = road;
    this.#serving = serving;
    this.#node = node;
  }

  /**
   * Hands a change in, and waits until all nodes have it, or none.
   * @param without nodes that need not have it now; they follow when they are back
   * @throws Failure `store-unreachable`: it was not made, or is withdrawn as soon as the store is back
   */
  async change(proposal: Proposal, without: readonly string[], listen: Listen): Promise<ChangeResult> {
    const { clock, node: facts } = this.#serving.parts;
    this.#refuseUnfit(proposal);
    listen('validate', 'begun');
    const accepted = accept(proposal.declaration, clock.now(), facts);
    listen('validate', accepted.ok ? 'done' : 'failed');
    if (!accepted.ok) return { kind: 'invalid', evidence: [], findings: accepted.error, refusals: [] };
    const view = await this.#road.shared.look();
    const change = this.#changeOf(proposal, view, without);
    if (isEverywhere(change, view)) return this.#unchanged();
    await this.#road.shared.keep(change.id, proposal.declaration);
    const part = this.#road.attend(change.id, listen);
    let abandoned = true;
    try {
      if (!(await this.#handIn(change, view))) {
        await this.#road.shared.forget(change.id);
        throw underWay('another change');
      }
      const fate = await this.#fateOf(change, listen);
      abandoned = false;
      return await this.#resultOf(change, fate, part);
    } finally {
      this.#road.leave(change.id, abandoned);
    }
  }

  #refuseUnfit({ confirmWithin, ifRevision }: Proposal): void {
    if (confirmWithin !== undefined) {
      throw new Failure(
        'bad-request',
        'a change of nodes that share a store cannot wait to be confirmed',
        'leave out --confirm; watch it longer with --guard',
      );
    }
    const now = this.#serving.now?.revision;
    if (ifRevision === undefined || ifRevision === now) return;
    throw new Failure(
      'revision-changed',
      `revision ${now ?? 'none'} is in service, not ${ifRevision}`,
      'look at `aorta diff`, and make the change again on what is in service',
    );
  }

  /** The change as the nodes get it. @throws Failure when it cannot be handed in now */
  #changeOf(proposal: Proposal, view: SharedView, without: readonly string[]): SharedChange {
    const { pair, reports, present } = view;
    if (pair.change !== undefined) throw underWay(`a change by ${pair.change.author}`);
    if (pair.head === undefined) {
      throw new Failure('not-running', 'the shared store was not begun yet', 'ask again in a moment');
    }
    const nodes = [...new Set([...reports.keys(), this.#node])].filter((name) => !without.includes(name));
    if (!nodes.includes(this.#node)) {
      throw new Failure('bad-request', `${this.#node} is asked to do without itself`, 'ask another node');
    }
    const gone = nodes.filter((name) => name !== this.#node && !present.has(name));
    if (gone.length > 0) {
      const all = gone.map((name) => ` --without ${name}`).join('');
      throw new Failure(
        'node-unreachable',
        `the controller of ${gone.join(' and ')} is not there, so not all nodes would have the change`,
        `start it, or add${all}: it follows when it is back`,
      );
    }
    const { declaration, kind, author, reason, guard, force } = proposal;
    return {
      id: randomUUID(),
      digest: declarationDigest(declaration),
      kind,
      author,
      at: this.#serving.parts.clock.now(),
      ...(reason === undefined ? {} : { reason }),
      nodes,
      guard,
      force,
    };
  }

  /** @returns false when another change came first */
  async #handIn(change: SharedChange, view: SharedView): Promise<boolean> {
    const { shared } = this.#road;
    if (await shared.agree({ ...view.pair, change }, view)) return true;
    // It may have been asked twice, because the first answer was lost.
    return (await shared.look()).pair.change?.id === change.id;
  }

  #unchanged(): ChangeResult {
    const revision = this.#serving.now?.revision;
    return {
      kind: 'unchanged',
      ...(revision === undefined ? {} : { revision }),
      evidence: [],
      findings: [],
      refusals: [],
    };
  }

  /** Waits for the end of a change, and tells how far the nodes are. */
  async #fateOf(change: SharedChange, listen: Listen): Promise<PastChange> {
    const { clock } = this.#serving.parts;
    let told = '';
    for (;;) {
      const { view, away } = this.#road;
      const fate = view?.pair.past.find(({ id }) => id === change.id);
      if (fate !== undefined) {
        listen('pair', fate.fate === 'committed' ? 'done' : 'failed', fate.why);
        return fate;
      }
      if (away !== undefined && clock.now() - away.since > patience) {
        throw new Failure(
          'store-unreachable',
          `in the middle of the change: ${away.why}`,
          'nothing is asked of you: when the store is back, all nodes have the change or none; `aorta status` shows it',
        );
      }
      const words = view?.pair.change?.id === change.id ? progressOf(change, view) : told;
      if (words !== told) listen('pair', 'begun', words);
      told = words;
      await clock.sleep(rhythm);
    }
  }

  async #resultOf(
    change: SharedChange,
    fate: PastChange,
    { result: own }: Attendance,
  ): Promise<ChangeResult> {
    if (fate.fate === 'committed') {
      const evidence = [...(own?.evidence ?? []), `All nodes have it: ${change.nodes.join(', ')}.`];
      return { ...(own ?? this.#unchanged()), evidence };
    }
    await this.#back(change);
    const refusal = {
      code: 'pair-refused',
      what: fate.why ?? 'the change was withdrawn',
      mend: 'look at that node, mend the declaration or the machine, and apply it again',
    } as const;
    if (own === undefined) {
      return { kind: 'refused', stage: 'pair', evidence: [], findings: [], refusals: [refusal] };
    }
    if (own.kind !== 'applied' && own.kind !== 'unchanged') return own;
    const { trouble } = this.#road;
    const evidence = [...own.evidence, ...(trouble === undefined ? [] : [`This node ${trouble}.`])];
    return { ...own, kind: 'rolledBack', stage: 'pair', evidence, refusals: [...own.refusals, refusal] };
  }

  /** Waits until this node is back on what the pair has, or says why it is not. */
  async #back({ digest }: SharedChange): Promise<void> {
    const { clock } = this.#serving.parts;
    const end = clock.now() + backWithin;
    for (;;) {
      const now = this.#serving.now;
      const isBack = now === undefined || declarationDigest(now.desired.declaration) !== digest;
      if (!this.#road.busy && (isBack || this.#road.trouble !== undefined)) return;
      if (clock.now() > end) return;
      await clock.sleep(rhythm);
    }
  }
}

/** Whether there is nothing to do. */
function isEverywhere({ digest, nodes }: SharedChange, { pair, reports }: SharedView): boolean {
  return pair.head?.digest === digest && nodes.every((node) => reports.get(node)?.digest === digest);
}

function underWay(what: string): Failure {
  return new Failure('change-pending', `${what} is under way on the nodes`, 'wait until it is over');
}

/** How far the nodes are, as a clause. */
function progressOf(change: SharedChange, { reports }: SharedView): string {
  const kindOf = (node: string) => {
    const verdict = reports.get(node)?.verdict;
    return verdict?.change === change.id ? verdict.kind : undefined;
  };
  const order = makingOrder(change, reports);
  const making = order.find((node) => kindOf(node) === 'making');
  if (making !== undefined) return `${making} makes it`;
  const open = order.filter((node) => kindOf(node) === undefined);
  if (open.length > 0) return `${open.join(', ')} ${open.length === 1 ? 'examines' : 'examine'} it`;
  const has = order.filter((node) => kindOf(node) === 'has');
  return has.length === 0 ? 'all would take it' : `${has.join(', ')} ${has.length === 1 ? 'has' : 'have'} it`;
}
