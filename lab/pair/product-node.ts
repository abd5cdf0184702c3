import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Declare, Product } from '../scenario/product.ts';
import { StatusWatch } from '../scenario/status-watch.ts';
import { type NodeName, nodeAddresses } from './addresses.ts';
import type { Machine } from './machine.ts';
import type { NodeSoftware } from './node-software.ts';

/** Of the node file. */
export interface SharedFacts {
  /** The directory of the keys of the pair. */
  readonly keys: string;
  /** Absent: the nodes share no store. */
  readonly store?: { readonly etcd: readonly string[] };
}

/** The product on one node: its command and nothing else. */
export class ProductNode implements NodeSoftware {
  readonly watch: StatusWatch;
  readonly #name: NodeName;
  readonly #shared: SharedFacts;
  readonly #product: (machine: Machine) => Product;
  readonly #state: string;
  readonly #products: Product[] = [];

  /**
   * @param shared what the node file says of what it shares with the others
   * @param directory where its declaration and its state are, also when its power goes
   * @param declare writes the declaration with some parameters of the blueprint added or replaced
   */
  constructor(root: string, directory: string, name: NodeName, shared: SharedFacts, declare: Declare) {
    this.#name = name;
    this.#shared = shared;
    this.#product = (machine) => new Product(root, directory, declare, machine.inside);
    this.#state = join(directory, 'state');
    this.watch = new StatusWatch(join(this.#state, 'run', 'control.sock'), name);
  }

  get failures(): string[] {
    return this.#products.flatMap(({ failures }) => failures.map((one) => `${this.#name}: ${one}`));
  }

  async start(machine: Machine): Promise<void> {
    await mkdir(this.#state, { recursive: true, mode: 0o700 });
    const facts = {
      ...{ node: this.#name, interface: 'front', serverInterface: 'back' },
      ...{ api: { address: nodeAddresses(this.#name).pairAddress }, ...this.#shared },
    };
    await writeFile(join(this.#state, 'node.yaml'), stringify(facts));
    const product = this.#product(machine);
    this.#products.push(product);
    await product.up();
    await this.watch.untilHealthy();
  }

  async run(words: readonly string[]): Promise<void> {
    await this.#products.at(-1)?.run(words);
  }

  async declare(parameters: Readonly<Record<string, unknown>>): Promise<string> {
    const product = this.#products.at(-1);
    if (product === undefined) throw new Error(`${this.#name} has not been started`);
    return await product.declare(parameters);
  }
}
