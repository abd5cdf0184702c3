import { join, resolve } from 'node:path';
import { declarationFor } from '../demo/declaration.ts';
import { type Estate, startEstate } from '../estate.ts';
import type { InsideOrder } from '../scenario/inside-order.ts';
import { takePrecedence } from '../scenario/precedence.ts';
import { rollWith } from '../scenario/roll.ts';
import type { Commands, Links, Setting } from '../scenario/setting.ts';
import { loadTopology } from '../topology.ts';
import {
  CLIENTS,
  clientPort,
  crowdAddress,
  GATEWAY,
  NODES,
  type NodeName,
  nodeAddresses,
  SERVERS,
  serverPort,
} from './addresses.ts';
import { Holdings } from './holdings.ts';
import { type Layout, layoutOf } from './layout.ts';
import { Machine } from './machine.ts';
import { Network } from './network.ts';
import type { NodeSoftware } from './node-software.ts';
import { PairCommand } from './pair-command.ts';
import { makePairKeys } from './pair-keys.ts';
import { PairNode } from './pair-node.ts';
import { PlainNode } from './plain-node.ts';
import { ProductNode, type SharedFacts } from './product-node.ts';
import { StoreMembers } from './store-members.ts';

const root = resolve(import.meta.dirname, '..', '..');
/** How often a node says that it is there, in milliseconds. */
const ADVERT_INTERVAL = { fast: 200, 'vm-safe': 1_000 } as const;

/**
 * Two or three balancers in service, the first of them with the addresses unless they prefer others, between clients and an estate. Each machine has a network of its
 * own and cables to the switches, which are in the network of this process.
 */
export async function openPair(
  directory: string,
  order: InsideOrder,
  say: (text: string) => void,
): Promise<Setting> {
  const network = await Network.open();
  say('starting the estate');
  const estateDirectory = join(directory, 'estate');
  const estate = await startServers(network, order, estateDirectory);
  const client = await Machine.open('client');
  await network.plug(client, { front: clientPort(order.scenario.load.applications) });
  const keys = await makePairKeys(root, directory);
  const members = order.scenario.pair?.store ?? 0;
  const store = members === 0 ? undefined : await StoreMembers.start(members, join(directory, 'etcd'), keys);
  const shared = { keys, ...(store === undefined ? {} : { store: { etcd: store.urls } }) };
  say('starting the nodes');
  await takePrecedence();
  const layout = layoutOf(order.scenario);
  const { apis, apps } = layout.virtual;
  const holdings = new Holdings([apis, apps]);
  const nodes = new Map<NodeName, PairNode>();
  for (const name of layout.nodes) {
    const node = new PairNode(
      name,
      network,
      holdings,
      softwareFor(join(directory, name), name, shared, estate, order, layout),
    );
    nodes.set(name, node);
    await node.powerOn();
    // One after the other, so that every run begins with the same holder.
    const own = layout.groups?.['apis']?.addresses;
    if (nodes.size === 1 || layout.groups?.['main'] === undefined) await holdings.until(NODES[0], own);
  }
  for (const { addresses, preferred } of Object.values(layout.groups ?? {}))
    await holdings.until(preferred, addresses);
  const command = new PairCommand(root, keys, layout.nodes);
  const watches = [...nodes.values()].flatMap(({ software }) => software.watch ?? []);
  return {
    estate,
    estateDirectory,
    clients: {
      reached: { address: apis, port: 443, hostname: estate.hostnames.apis },
      ...(layout.groups?.['apps'] === undefined
        ? {}
        : { second: { address: apps, port: 443, hostname: estate.hostnames.apps } }),
      sources: CLIENTS,
      crowd: crowdAddress,
      entrance: client.network,
    },
    links: linksOf(network),
    product: commandsOf(directory, nodes, command),
    pair: {
      nodes,
      split: (one, other) => network.split(one, other),
      join: () => network.join(),
      failOver: (words) => command.do('failover', words),
      rehearse: (words) => command.do('rehearse', words),
      expectStatus: (words) => command.expectStatus(words),
      status: () => command.status(),
      stopStore: (count) => store?.kill(count) ?? Promise.resolve(),
      startStore: () => store?.startAll() ?? Promise.resolve(),
      seen: () => ({ nodes: [...layout.nodes], addresses: [apis, apps], holdings: [...holdings.seen] }),
    },
    startWatching: () => {
      for (const watch of watches) watch.start();
    },
    stopWatching: async () => {
      await Promise.all(watches.map((watch) => watch.stop()));
      return watches.flatMap(({ samples }) => samples).sort((a, b) => a.at - b.at);
    },
  };
}

/** Every server of the topology, on a machine of its own. */
async function startServers(network: Network, { variant }: InsideOrder, directory: string): Promise<Estate> {
  const topology = await loadTopology(variant.topology);
  const machines = new Map(
    await Promise.all(
      Object.entries(topology.machines).map(async ([name, { host }]) => {
        const machine = await Machine.open(name);
        await network.plug(machine, { back: serverPort(`${SERVERS}.${host}`) });
        return [name, machine] as const;
      }),
    ),
  );
  return startEstate({
    topology: variant.topology,
    tls: variant.tls,
    prefix: SERVERS,
    entranceTo: (name) => machines.get(name)?.network ?? [],
    directory,
    recordExecutions: true,
  });
}

function softwareFor(
  directory: string,
  name: NodeName,
  shared: SharedFacts,
  estate: Estate,
  { scenario: { pair, parameters }, variant }: InsideOrder,
  { nodes, virtual, groups }: Layout,
): NodeSoftware {
  const { software = 'product', profile = 'fast' } = pair ?? {};
  if (software === 'plain') return new PlainNode(directory, name, estate, ADVERT_INTERVAL[profile]);
  const deployment = variant.topology === 'recommended' ? 'recommended' : 'minimum';
  const ha = {
    nodes: Object.fromEntries(nodes.map((one) => [one, nodeAddresses(one)])),
    profile,
    gateway: GATEWAY,
    ...(groups === undefined ? {} : { groups }),
  };
  const place = { ...virtual, segment: 'the network between the machines of the lab' };
  return new ProductNode(root, directory, name, shared, (others) =>
    declarationFor(estate, deployment, place, { maxConnections: 1_500, ...parameters, ...others }, { ha }),
  );
}

function linksOf(network: Network): Links {
  return {
    cut: async (names, how) => {
      await Promise.all(names.map((name) => network.cut(name, how)));
    },
    mend: async (names) => {
      await Promise.all(names.map((name) => network.mend(name)));
    },
    mendAll: () => network.mendAll(),
    loseDns: () => Promise.reject(new Error('there is no DNS in the network of a pair')),
    dnsQueries: () => Promise.resolve(0),
  };
}

function commandsOf(directory: string, nodes: ReadonlyMap<string, PairNode>, both: PairCommand): Commands {
  const all = [...nodes.values()].map(({ software }) => software);
  return {
    get failures() {
      return [...all.flatMap(({ failures }) => failures), ...both.failures];
    },
    run: async (words, on) => {
      for (const name of on) await nodes.get(name)?.software.run(words);
    },
    apply: async (parameters, how) => {
      const [file] = await Promise.all(all.map((software) => software.declare(parameters)));
      if (file !== undefined) await both.apply(file, how);
    },
    roll: (hosts, patch) =>
      rollWith(directory, hosts, patch, ([command = '', ...words]) => both.do(command, words)),
  };
}
