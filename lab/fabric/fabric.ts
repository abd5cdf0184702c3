import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { forkThrough, through } from '../entrance.ts';
import { feed, ip } from '../pair/ip.ts';
import { Machine } from '../pair/machine.ts';
import { type Program, processesOf, programOf, signal } from '../pair/processes.ts';
import { Product } from '../scenario/product.ts';
import {
  addressLine,
  FABRIC_NODES,
  type FabricNode,
  NODES_AS,
  type Plan,
  ROUTER_AS,
  SERVER_PORTS,
  SERVICE_PORT,
} from './addresses.ts';
import type { Call } from './caller.ts';
import { Router, type Spreading } from './router.ts';

const root = resolve(import.meta.dirname, '../..');
const PATIENCE_MS = 60_000;
/** How the command line of a program has a word that ends. */
const MAIN = { watchdog: '/watchdog/main.ts', bird: '/run/bird.conf' } as const;

/** A router with clients on one side and nodes that announce to it on the other. Only in a room. */
export class Fabric {
  readonly router: Router;
  readonly plan: Plan;
  readonly #directory: string;
  readonly #clients: Machine;
  readonly #servers: readonly Server[];
  readonly #keys: string;
  readonly #nodes = new Map<FabricNode, { readonly machine: Machine; readonly product: Product }>();

  private constructor(directory: string, plan: Plan, router: Router, clients: Machine) {
    this.#directory = directory;
    this.plan = plan;
    this.router = router;
    this.#clients = clients;
    this.#servers = SERVER_PORTS.map((port) => serve(port, plan.router));
    this.#keys = join(directory, 'keys');
  }

  static async open(directory: string, plan: Plan, spreading: Spreading): Promise<Fabric> {
    const router = await Router.open(directory, plan, spreading);
    const clients = await Machine.open('clients');
    await ip([
      `link add name w.clients type veth peer name wide netns ${clients.pid}`,
      'link set dev w.clients master wide up',
    ]);
    const wide = ['link set dev wide up', `route add default via ${plan.clientsGateway}`];
    await ip([addressLine(plan, plan.client, 'wide'), ...wide], clients.network);
    const fabric = new Fabric(directory, plan, router, clients);
    const nodes = FABRIC_NODES.flatMap((name) => ['--node', `${name}=${plan.nodes[name]}`]);
    await fabric.#aorta(['pair', 'keys', ...nodes, '--out', fabric.#keys]);
    await Promise.all(FABRIC_NODES.map((name) => fabric.powerOn(name)));
    return fabric;
  }

  async powerOn(name: FabricNode): Promise<void> {
    const machine = await Machine.open(name);
    await ip([
      `link add name f.${name} type veth peer name front netns ${machine.pid}`,
      `link set dev f.${name} master front up`,
    ]);
    const own = this.plan.nodes[name];
    const inside = ['link set dev front up', `route add default via ${this.plan.router}`];
    await ip([addressLine(this.plan, own, 'front'), ...inside], machine.network);
    const directory = join(this.#directory, name);
    const product = new Product(
      root,
      directory,
      (parameters) => declaration(this.plan, parameters),
      machine.inside,
    );
    await mkdir(product.state, { recursive: true, mode: 0o700 });
    const facts = {
      node: name,
      interface: 'front',
      keys: this.#keys,
      api: { address: own },
    };
    await writeFile(join(product.state, 'node.yaml'), stringify(facts));
    await product.up();
    this.#nodes.set(name, { machine, product });
  }

  /** The controller again, on what its node has. */
  async up(name: FabricNode): Promise<void> {
    await this.#node(name).product.up();
  }

  async apply(name: FabricNode, parameters: Readonly<Record<string, unknown>>): Promise<void> {
    const { product } = this.#node(name);
    await product.apply(parameters);
    refuseFailures(product);
  }

  /** All at once, as when somebody pulls the plug; the switch keeps its port up, so that only silence is noticed. */
  async powerCut(name: FabricNode): Promise<void> {
    const { machine } = this.#node(name);
    await feed(['bridge', ['link', 'set', 'dev', `f.${name}`, 'state', '0']]);
    await machine.end();
    // The kernel may have been faster.
    await ip([`link delete dev f.${name}`]).catch(() => undefined);
    this.#nodes.delete(name);
  }

  signal(name: FabricNode, program: Program | 'watchdog' | 'bird', what: NodeJS.Signals): void {
    const all = processesOf(this.#node(name).machine.pid);
    const found =
      program === 'watchdog' || program === 'bird'
        ? all.filter(({ words }) => words.some((word) => word.endsWith(MAIN[program])))
        : programOf(all, program);
    // A fault that hits nobody would be measured as one that nobody notices.
    if (found.length === 0) throw new Error(`no ${program} runs on ${name}`);
    signal(
      found.map(({ pid }) => pid),
      what,
    );
  }

  /** Ends a node in order. @returns what it left: programs and files */
  async down(name: FabricNode): Promise<string[]> {
    const { machine, product } = this.#node(name);
    await product.down();
    const programs = ['haproxy', 'bird', 'keepalived', 'node'];
    const left = processesOf(machine.pid).filter(({ name }) => programs.includes(name));
    const addresses = await feed(
      through(machine.network, 'ip', ['-oneline', 'address', 'show', 'dev', 'lo']),
    );
    return [
      ...left.map(({ words }) => words.join(' ')),
      ...(await readdir(join(product.state, 'run'))),
      ...(addresses.includes(this.plan.announced) ? [addresses] : []),
    ];
  }

  /** The product's command on a node. @throws Error with what it said, when it does not end well */
  async run(name: FabricNode, words: readonly string[]): Promise<void> {
    const { product } = this.#node(name);
    await product.run(words);
    refuseFailures(product);
  }

  /** The product's command of an operator, about these nodes. @returns what it said */
  command(words: readonly string[], nodes: readonly FabricNode[] = FABRIC_NODES): Promise<string> {
    const about = nodes.flatMap((name) => ['--node', name]);
    return this.#aorta([...words, ...about, '--keys', this.#keys]);
  }

  /** Lets clients call until the work is done, and a second longer. */
  async whileCalled(work: () => Promise<void>): Promise<readonly Call[]> {
    const caller = forkThrough(this.#clients.inside, join(import.meta.dirname, 'caller.ts'), [
      this.plan.family,
    ]);
    await pause(1_500);
    await work();
    await pause(1_000);
    const said = new Promise<{ readonly calls: readonly Call[] }>((done) => {
      caller.once('message', (message) => done(message as { readonly calls: readonly Call[] }));
    });
    caller.send('end');
    return (await said).calls;
  }

  /** @returns how long it took from now until the router sends clients to these nodes, in milliseconds */
  async untilRouted(...names: readonly FabricNode[]): Promise<number> {
    const began = performance.now();
    const wanted = names.toSorted().join();
    while (this.router.nodes.join() !== wanted) {
      if (performance.now() - began > PATIENCE_MS)
        throw new Error(`never ${wanted}; now ${this.router.nodes.join()}`);
      await pause(2);
    }
    return Math.max(0, (this.router.routes.at(-1)?.at ?? began) - began);
  }

  async end(): Promise<void> {
    await this.router.end();
    for (const server of this.#servers) server.closeAllConnections();
  }

  #node(name: FabricNode) {
    const found = this.#nodes.get(name);
    if (found === undefined) throw new Error(`${name} has no power`);
    return found;
  }

  #aorta(words: readonly string[]): Promise<string> {
    return feed([process.execPath, [join(root, 'src', 'main.ts'), ...words]]);
  }
}

function refuseFailures({ failures }: Product): void {
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

/** Says who asks, after a moment: then something is under way all the time. */
function serve(port: number, address: string): Server {
  const server = createServer((asked, response) => {
    setTimeout(() => response.end(asked.socket.remoteAddress), 10);
  });
  return server.listen(port, address);
}

/** @param further one more address for the service @param moves the addresses move, in place of being announced */
function declaration(
  { router, announced, further: more, nodes: own }: Plan,
  { further = false, moves = false }: Readonly<Record<string, unknown>>,
): string {
  const listener = (address: string) => ({ protocol: 'http', address, port: SERVICE_PORT });
  const servers = SERVER_PORTS.map((port) => [`s${port}`, { address: router, port }] as const);
  const nodes = FABRIC_NODES.map((name) => [name, { address: own[name] }] as const);
  const announce = { localAs: NODES_AS, routers: { core: { address: router, as: ROUTER_AS } } };
  return stringify({
    aorta: 'v1',
    site: 'the fabric of the lab',
    virtualServices: {
      plain: {
        listeners: [listener(announced), ...(further === true ? [listener(more)] : [])],
        maxConnections: 1_000,
        pool: { trustedSegment: 'the room', servers: Object.fromEntries(servers) },
      },
    },
    ha: { nodes: Object.fromEntries(nodes), ...(moves === true ? {} : { announce }) },
  });
}
