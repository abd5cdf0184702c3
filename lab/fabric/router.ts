import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { feed, ip } from '../pair/ip.ts';
import {
  addressLine,
  FABRIC_NODES,
  type FabricNode,
  NODES_AS,
  nodeAt,
  type Plan,
  ROUTER_AS,
} from './addresses.ts';

/** How the router finds out to which node a packet belongs. */
export type Spreading =
  /** The kernel shares the range of hashes among the nodes anew whenever their number changes. */
  | 'plain'
  /** The shares of nodes that stay are kept. BIRD 2.0 cannot tell the kernel so, therefore the lab does it with what BIRD learns. */
  | 'resilient';

/** The nodes to which the router sends clients, and since when, by `performance.now()`. */
export interface Route {
  readonly at: number;
  readonly nodes: readonly FabricNode[];
}

/**
 * The router: the network of this process, which has to be a room of its own, with a BIRD that speaks to the nodes and the
 * kernel that forwards.
 */
export class Router {
  /** Every change, the oldest first. */
  readonly routes: Route[] = [];
  readonly #plan: Plan;
  readonly #spreading: Spreading;
  #ended = false;
  #follower: ChildProcess | undefined;

  private constructor(plan: Plan, spreading: Spreading) {
    this.#plan = plan;
    this.#spreading = spreading;
  }

  static async open(directory: string, plan: Plan, spreading: Spreading): Promise<Router> {
    await ip([
      'link add name front type bridge forward_delay 0 stp_state 0',
      'link set dev front up',
      addressLine(plan, plan.router, 'front'),
      'link add name wide type bridge forward_delay 0 stp_state 0',
      'link set dev wide up',
      addressLine(plan, plan.clientsGateway, 'wide'),
    ]);
    await writeFile(forwarding[plan.family], '1');
    // By addresses and ports, so that connections of one client are spread.
    await writeFile(`/proc/sys/net/${plan.family}/fib_multipath_hash_policy`, '1');
    const file = join(directory, 'router.conf');
    await writeFile(file, configuration(plan, spreading));
    const log = openSync(join(directory, 'router.log'), 'a');
    const socket = join(directory, 'router.sock');
    spawn('bird', ['-f', '-c', file, '-s', socket], { stdio: ['ignore', log, log] });
    const router = new Router(plan, spreading);
    router.#follow();
    if (spreading === 'resilient') await router.#shareResiliently(socket);
    return router;
  }

  get nodes(): readonly FabricNode[] {
    return this.routes.at(-1)?.nodes ?? [];
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#follower?.kill();
  }

  /** Follows what the kernel is told. */
  #follow(): void {
    if (this.#spreading === 'resilient') return;
    const child = spawn('ip', ['-oneline', 'monitor', 'route'], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#follower = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) {
        if (!line.includes(`${this.#plan.announced} `)) continue;
        this.#note(line.startsWith('Deleted') ? '' : line);
      }
    });
  }

  #note(text: string): void {
    const nodes = [...text.matchAll(/via (\S+)/g)].flatMap(
      ([, address = '']) => nodeAt(this.#plan, address) ?? [],
    );
    if (nodes.toSorted().join() === this.nodes.join()) return;
    this.routes.push({ at: performance.now(), nodes: nodes.toSorted() });
  }

  async #shareResiliently(socket: string): Promise<void> {
    const host = hostRoute(this.#plan);
    const look = async (): Promise<void> => {
      const said = await feed(['birdc', ['-r', '-s', socket, 'show', 'route', 'all', host]]).catch(() => '');
      const before = this.nodes;
      this.#note([...said.matchAll(/via \S+/g)].join(' '));
      if (this.nodes === before) return;
      const group = this.nodes.map((name) => FABRIC_NODES.indexOf(name) + 1).join('/');
      if (group === '') return;
      await ip([
        ...this.nodes.map(
          (name) =>
            `nexthop replace id ${FABRIC_NODES.indexOf(name) + 1} via ${this.#plan.nodes[name]} dev front`,
        ),
        `nexthop replace id 100 group ${group} type resilient buckets 128 idle_timer 1 unbalanced_timer 0`,
        `route replace ${host} nhid 100`,
      ]);
    };
    const loop = async (): Promise<void> => {
      while (!this.#ended) await look();
    };
    void loop();
  }
}

const forwarding = {
  ipv4: '/proc/sys/net/ipv4/ip_forward',
  ipv6: '/proc/sys/net/ipv6/conf/all/forwarding',
} as const;

function hostRoute({ announced, family }: Plan): string {
  return `${announced}/${family === 'ipv4' ? 32 : 128}`;
}

function configuration({ family, router, nodes }: Plan, spreading: Spreading): string {
  const kernel =
    spreading === 'plain'
      ? `protocol kernel { ${family} { export all; import none; }; merge paths yes; }`
      : '';
  const sessions = FABRIC_NODES.map(
    (name, index) =>
      `protocol bgp n${index} { local ${router} as ${ROUTER_AS}; neighbor ${nodes[name]} as ${NODES_AS}; passive;
  hold time 9; bfd on; ${family} { import all; export none; }; }`,
  );
  return `log stderr all;
router id 10.77.0.1;
protocol device { }
${kernel}
protocol bfd { interface "front" { interval 200 ms; multiplier 3; }; }
${sessions.join('\n')}
`;
}
