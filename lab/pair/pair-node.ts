import { takePrecedence } from '../scenario/precedence.ts';
import type { Balancer } from '../scenario/setting.ts';
import { type NodeName, nodePorts } from './addresses.ts';
import type { Holdings } from './holdings.ts';
import { Machine } from './machine.ts';
import type { Network } from './network.ts';
import type { NodeSoftware } from './node-software.ts';
import { freezeAll, type Program, processesOf, programOf, signal, thawAll } from './processes.ts';

/** One node of the pair: a machine with two cables, and what runs on it. */
export class PairNode implements Balancer {
  readonly software: NodeSoftware;
  readonly #name: NodeName;
  readonly #network: Network;
  readonly #holdings: Holdings;
  #machine: Machine | undefined;

  constructor(name: NodeName, network: Network, holdings: Holdings, software: NodeSoftware) {
    this.#name = name;
    this.#network = network;
    this.#holdings = holdings;
    this.software = software;
  }

  async powerOn(): Promise<void> {
    if (this.#machine !== undefined) throw new Error(`${this.#name} has power`);
    const machine = await Machine.open(this.#name);
    this.#machine = machine;
    this.#holdings.watch(machine);
    await this.#network.plug(machine, nodePorts(this.#name));
    await this.software.start(machine);
    await takePrecedence();
  }

  async up(): Promise<void> {
    await this.software.start(this.#running());
    await takePrecedence();
  }

  async powerCut(): Promise<void> {
    const machine = this.#running();
    this.#machine = undefined;
    // First the cables: a program that is killed on a machine which still has some says good-bye to its peers.
    await this.#network.unplug(this.#name);
    await machine.end();
  }

  kill(program: Program, name: 'SIGKILL' | 'SIGTERM'): void {
    signal(this.#pidsOf(program), name);
  }

  freeze(program?: Program): void {
    if (program === undefined) freezeAll(this.#running().pid);
    else signal(this.#pidsOf(program), 'SIGSTOP');
  }

  thaw(program?: Program): void {
    if (this.#machine === undefined) return;
    if (program === undefined) thawAll(this.#machine.pid);
    else signal(this.#pidsOf(program), 'SIGCONT');
  }

  #pidsOf(program: Program): number[] {
    const found = programOf(processesOf(this.#running().pid), program);
    // A fault that hits nobody would be measured as one that nobody notices.
    if (found.length === 0) throw new Error(`no ${program} runs on ${this.#name}`);
    return found.map(({ pid }) => pid);
  }

  #running(): Machine {
    if (this.#machine === undefined) throw new Error(`${this.#name} has no power`);
    return this.#machine;
  }
}
