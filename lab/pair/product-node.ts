import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Declare, Product } from '../scenario/product.ts';
import { StatusWatch } from '../scenario/status-watch.ts';
import { type NodeName, nodeAddresses } from './addresses.ts';
import type { Machine } from './machine.ts';
import type { NodeSoftware } from './node-software.ts';

/** The product on one node: its command and nothing else. */
export class ProductNode implements NodeSoftware {
  readonly watch: StatusWatch;
  readonly #name: NodeName;
  readonly #keys: string;
  readonly #product: (machine: Machine) => Product;
  readonly #state: string;
  readonly #products: Product[] = [];

  /**
   * @param keys the directory of the keys of the pair
   * @param directory where its declaration and its state are, also when its power goes
   * @param declare writes the declaration with some parameters of the blueprint added or replaced
   */
  constructor(root: string, directory: string, name: NodeName, keys: string, declare: Declare) {
    this.#name = name;
    this.#keys = keys;
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
      ...{ api: { address: nodeAddresses(this.#name).pairAddress }, keys: this.#keys },
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

  async apply(parameters: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#products.at(-1)?.apply(parameters);
  }
}
