import { Bug } from '../../kernel/bug.ts';
import type { NodeReport, NodeVerdict, PairRecord, SharedChange } from '../../store/shared/pair-record.ts';
import { makingOrder, nextStep, type SharedStep } from './next-step.ts';

interface View {
  readonly pair: PairRecord;
  readonly version: number;
  readonly reports: ReadonlyMap<string, NodeReport>;
  readonly present: ReadonlySet<string>;
}

interface SimulatedNode {
  readonly name: string;
  /** What its own record says is in service; survives the controller. */
  digest: string;
  up: boolean;
  verdict: NodeVerdict | undefined;
  /** Seen and decided, not yet done: others may act in between. */
  decided: { readonly step: SharedStep; readonly view: View } | undefined;
  /** Under way. */
  work: { readonly change: SharedChange; readonly made: boolean } | undefined;
  /** Told whoever asked that it was not made. */
  abandoned: ReadonlySet<string>;
}

/**
 * Nodes that share a store, without any of what they do: only the order in which things happen, drawn from a seed. Any
 * controller can end at any moment and come back.
 */
export class SimulatedPair {
  readonly #nodes: readonly SimulatedNode[];
  readonly #change: SharedChange;
  readonly #holder: string;
  /** Refuse when they make it, although they would have taken it. */
  readonly #failing: ReadonlySet<string>;
  readonly #refusing: ReadonlySet<string>;
  #pair: PairRecord;
  #version = 0;
  readonly #reports = new Map<string, NodeReport>();
  readonly #present = new Set<string>();
  #seed: number;

  constructor(count: number, seed: number) {
    this.#seed = seed * 2_654_435_761;
    const names = ['lb-a', 'lb-b', 'lb-c'].slice(0, count);
    this.#holder = this.#pick(names);
    const some = () => new Set(names.filter(() => this.#chance(0.1)));
    this.#failing = some();
    this.#refusing = some();
    this.#change = {
      id: 'c1',
      digest: 'new',
      kind: 'apply',
      author: 'jdoe',
      at: 0,
      nodes: names,
      guard: 0,
      force: false,
    };
    this.#pair = {
      format: 1,
      head: { id: 'c0', digest: 'old', kind: 'apply', author: 'jdoe', at: 0, number: 1 },
      change: this.#change,
      past: [{ id: 'c0', digest: 'old', fate: 'committed' }],
    };
    this.#nodes = names.map((name) => ({
      name,
      digest: 'old',
      up: true,
      verdict: undefined,
      decided: undefined,
      work: undefined,
      abandoned: new Set(),
    }));
    for (const node of this.#nodes) {
      this.#say(node);
      this.#present.add(node.name);
    }
  }

  /** That many things happen. */
  disturb(events: number): void {
    for (let count = 0; count < events; count += 1) {
      const node = this.#pick(this.#nodes);
      if (this.#chance(0.02) && node.up) this.#crash(node);
      else if (this.#chance(0.002)) node.abandoned = new Set(['c1']);
      else if (this.#chance(0.1) && !node.up) this.#start(node);
      else if (this.#chance(0.3) && !node.up) this.#present.delete(node.name);
      else this.#go(node);
    }
  }

  /** All controllers come back, and nothing happens any more. @returns the end, which is the same on all nodes */
  settle(): 'committed' | 'withdrawn' {
    for (const node of this.#nodes) if (!node.up) this.#start(node);
    for (let round = 0; round < 60; round += 1) for (const node of this.#nodes) this.#go(node);
    const fate = this.#pair.past.find(({ id }) => id === 'c1')?.fate;
    if (this.#pair.change !== undefined || fate === undefined) throw new Bug('it comes to no end');
    const wanted = fate === 'committed' ? 'new' : 'old';
    for (const { name, digest } of this.#nodes) {
      if (digest !== wanted) throw new Bug(`it is ${fate}, and ${name} has ${digest}`);
    }
    return fate;
  }

  /** The next thing that a node does. */
  #go(node: SimulatedNode): void {
    if (!node.up) return;
    if (node.work !== undefined) this.#workOn(node, node.work);
    else if (node.decided !== undefined) this.#act(node, node.decided);
    else this.#look(node);
  }

  #look(node: SimulatedNode): void {
    this.#present.add(node.name);
    const view: View = {
      pair: this.#pair,
      version: this.#version,
      reports: new Map(this.#reports),
      present: new Set(this.#present),
    };
    node.verdict ??= view.reports.get(node.name)?.verdict;
    const step = nextStep({
      me: node.name,
      pair: view.pair,
      reports: view.reports,
      present: view.present,
      inService: node.digest,
      verdict: node.verdict,
      abandoned: node.abandoned,
    });
    node.decided = { step, view };
  }

  #act(node: SimulatedNode, { step, view }: NonNullable<SimulatedNode['decided']>): void {
    node.decided = undefined;
    switch (step.kind) {
      case 'rest':
        return;
      case 'say':
        this.#say(node, step.verdict);
        return;
      case 'examine': {
        const kind = this.#refusing.has(node.name) ? 'against' : 'ready';
        this.#say(node, { change: step.change.id, kind });
        return;
      }
      case 'make':
        this.#say(node, { change: step.change.id, kind: 'making' });
        this.#mustMayMake(node);
        node.work = { change: step.change, made: false };
        return;
      case 'commit':
        this.#agree(view, 'committed');
        return;
      case 'withdraw':
        this.#agree(view, 'withdrawn');
        return;
      case 'follow':
        node.digest = step.head.digest;
        this.#say(node);
        return;
      case 'begin':
      case 'stranger':
        throw new Bug(`${step.kind} has no reason here`);
    }
  }

  #workOn(node: SimulatedNode, { change, made }: NonNullable<SimulatedNode['work']>): void {
    if (!made && !this.#failing.has(node.name)) {
      // In service and recorded on the node; nobody knows yet.
      node.digest = change.digest;
      node.work = { change, made: true };
      return;
    }
    node.work = undefined;
    this.#say(node, { change: change.id, kind: made ? 'has' : 'against' });
  }

  /** Whoever holds the addresses must not see what another node does not have. */
  #mustMayMake({ name }: SimulatedNode): void {
    const order = makingOrder(this.#change, this.#reports);
    for (const before of order.slice(0, order.indexOf(name))) {
      const kind = this.#reports.get(before)?.verdict?.kind;
      if (kind !== 'has') throw new Bug(`${name} makes it before ${before} has it`);
    }
  }

  #agree(view: View, fate: 'committed' | 'withdrawn'): void {
    if (view.version !== this.#version) return;
    const { head } = this.#pair;
    if (head === undefined) throw new Bug('there is a head');
    const { id, digest } = this.#change;
    if (fate === 'committed' && this.#nodes.some((node) => node.digest !== digest)) {
      throw new Bug('it is committed before all have it');
    }
    this.#pair = {
      format: 1,
      head: fate === 'committed' ? { ...head, id, digest, number: head.number + 1 } : head,
      past: [{ id, digest, fate }, ...this.#pair.past],
    };
    this.#version += 1;
  }

  #say(node: SimulatedNode, verdict = node.verdict): void {
    node.verdict = verdict;
    this.#reports.set(node.name, {
      format: 1,
      digest: node.digest,
      version: '0.1.0',
      holds: node.name === this.#holder,
      ...(verdict === undefined ? {} : { verdict }),
    });
  }

  #crash(node: SimulatedNode): void {
    node.up = false;
    node.verdict = undefined;
    node.decided = undefined;
    node.work = undefined;
    node.abandoned = new Set();
  }

  #start(node: SimulatedNode): void {
    node.up = true;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #pick<T>(all: readonly T[]): T {
    const one = all[Math.floor(this.#random() * all.length)];
    if (one === undefined) throw new Bug('nothing to pick from');
    return one;
  }

  /** mulberry32 */
  #random(): number {
    this.#seed = (this.#seed + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
