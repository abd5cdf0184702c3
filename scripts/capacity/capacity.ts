import type { Cost, Machine, SiteLoad } from './load.ts';
import { prices } from './prices.ts';

/** What one site needs. */
export interface SiteNeed {
  /** Of a core, on the machine that holds its addresses. */
  readonly traffic: number;
  /** Of a core, on every machine that knows the site. */
  readonly checks: number;
  /** In MiB, on every machine that knows the site, and during a reload. */
  readonly memory: number;
}

/** One declaration on several machines that are all in service, and one more for the one that fails. */
export interface Cluster {
  readonly machines: number;
  readonly cost: number;
}

/** Machines that serve a number of sites. */
export interface Plan {
  readonly sites: number;
  /** Pairs, each with a declaration of its own. */
  readonly pairs: number;
  /** The most sites that one pair has. */
  readonly sitesPerPair: number;
  readonly requestsPerSecond: number;
  /** Cores that one machine uses in the busiest minute, when it holds all addresses of its pair. */
  readonly cores: number;
  /** MiB that one machine uses at most. */
  readonly memory: number;
  /** Seconds until HAProxy has read the configuration of one pair. */
  readonly check: number;
  /** For all machines, a month. */
  readonly cost: number;
  /** The same sites in one declaration instead; absent when one machine would not bear to check all their servers. */
  readonly cluster?: Cluster;
}

/** A reload is a time in which two workers have their memory, and a change waits for it. In seconds. */
const longestCheck = 3;

export function siteNeed(load: SiteLoad): SiteNeed {
  const { smallRequest, bridgedRequest, largeAnswer, handshake, rsaHandshake, resumedHandshake } = prices;
  const request = load.tls === 'bridging' ? bridgedRequest.value : smallRequest.value;
  const full = load.key === 'rsa' ? rsaHandshake.value : handshake.value;
  const connection = load.resumed * resumedHandshake.value + (1 - load.resumed) * full;
  const each = request + load.largeAnswers * largeAnswer.value + load.newConnections * connection;
  const check = load.tls === 'bridging' ? prices.tlsCheck.value : prices.plainCheck.value;
  // Both virtual services ask each server.
  const checksPerSecond = (2 * load.servers) / load.checkInterval;
  return {
    traffic: (load.requestsPerSecond * each) / 1e6,
    checks: (checksPerSecond * check) / 1e6,
    memory: 2 * prices.siteMemory.value + (load.openConnections * prices.connection.value) / 1024,
  };
}

/** How many sites one machine bears, alone: its partner only stands by. 0 when one site is too much for it. */
export function sitesPerPair(load: SiteLoad, machine: Machine): number {
  const need = siteNeed(load);
  const byProcessor = (machine.cores * machine.use) / (need.traffic + need.checks);
  const byMemory = (machine.memory * 1024 * 0.8 - prices.ownMemory.value) / need.memory;
  const byCheck = (longestCheck * 1000) / prices.siteCheck.value;
  return Math.max(0, Math.floor(Math.min(byProcessor, byMemory, byCheck)));
}

/**
 * The fewest pairs that bear the sites, which are dealt to them evenly.
 * @returns undefined when one site is too much for such a machine
 */
export function planFor(sites: number, load: SiteLoad, machine: Machine, cost: Cost): Plan | undefined {
  const most = sitesPerPair(load, machine);
  if (most === 0) return undefined;
  const pairs = Math.ceil(sites / most);
  const share = Math.ceil(sites / pairs);
  const need = siteNeed(load);
  return {
    sites,
    pairs,
    sitesPerPair: share,
    requestsPerSecond: sites * load.requestsPerSecond,
    cores: share * (need.traffic + need.checks),
    memory: prices.ownMemory.value + share * need.memory,
    check: (share * prices.siteCheck.value) / 1000,
    cost: 2 * pairs * monthly(machine, cost),
    ...clusterFor(sites, load, machine, cost),
  };
}

/** Traffic is shared among machines; checks and memory of the configuration are paid by each. */
function clusterFor(sites: number, load: SiteLoad, machine: Machine, cost: Cost): Pick<Plan, 'cluster'> {
  const need = siteNeed(load);
  const left = machine.cores * machine.use - sites * need.checks;
  const memory = machine.memory * 1024 * 0.8 - prices.ownMemory.value;
  const fits =
    left > 0 && sites * need.memory <= memory && sites * prices.siteCheck.value <= longestCheck * 1000;
  if (!fits) return {};
  const machines = Math.ceil((sites * need.traffic) / left) + 1;
  return { cluster: { machines, cost: machines * monthly(machine, cost) } };
}

function monthly({ cores, memory }: Machine, { core, gib }: Cost): number {
  return cores * core + memory * gib;
}
