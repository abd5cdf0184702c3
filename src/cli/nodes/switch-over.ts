import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../kernel/failure.ts';
import type { Address } from '../../model/address.ts';
import { heldAddresses } from '../../model/held-addresses.ts';
import type { NodeStatus, Status } from '../../model/status.ts';
import { call } from '../client.ts';
import type { CliContext } from '../context.ts';
import { poll } from '../poll.ts';
import { look } from './look.ts';
import { listOf } from './node-words.ts';
import { refuseAnnounced } from './refuse-announced.ts';
import type { RemoteNode } from './remote-node.ts';

export interface SwitchOptions {
  /** For the last connection of the node that gave the addresses up to end, in milliseconds. */
  readonly deadline: number;
  readonly reason?: string | undefined;
  readonly author: string;
}

/** The two nodes of a move, as they were seen before it. */
export interface Sides {
  readonly from: Side;
  readonly to: Side;
}

interface Side {
  readonly node: RemoteNode;
  readonly status: Status & { readonly node: NodeStatus };
}

/** How a move went. */
export interface Switched {
  readonly addresses: readonly string[];
  /** From when the addresses were to be given up until the last was gone, in milliseconds. */
  readonly took: number;
  /** Whether connections were still open on the other node when the deadline had passed. */
  readonly cut: boolean;
}

/** For the node that is to take over to have the addresses, in milliseconds; it takes 20. */
const patience = 10_000;
/** How long the network needs at most to hear where addresses are; each holder says so at once, and after a second. */
const hearsay = 300;
/** A listener at an address of the node itself has connections all the time. */
const mostTurns = 3;
/** What strays in is sent on for as long as connections may last, and somewhat longer. In milliseconds. */
const margin = 30_000;

/**
 * Which node gives its addresses to which.
 * @param wanted the name of the node that is to hold them; absent: the one that does not
 * @throws Failure `node-unfit`, `bad-request` and what keeps a node from answering: then nothing was touched
 */
export async function sidesOf(
  nodes: readonly RemoteNode[],
  wanted: string | undefined,
  context: Pick<CliContext, 'now'>,
): Promise<Sides> {
  if (nodes.length !== 2) {
    const mend = 'name the two with --node';
    throw new Failure('bad-request', 'addresses are moved between two nodes', mend);
  }
  const seen = (await look(nodes, context)).map((one, index): Side => {
    const node = nodes[index];
    if (one.kind === 'silent' || node === undefined) throw one.kind === 'silent' ? one.failure : noNode();
    const { status } = one;
    refuseAnnounced(status);
    if (status.node !== undefined) return { node, status: { ...status, node: status.node } };
    const mend = 'declare `ha` and write a node file: docs/how-to/pair.md';
    throw new Failure('no-pair', `${node.name} has no addresses that move`, mend);
  });
  const holders = seen.filter(({ status }) => heldAddresses(status.node.groups).length > 0);
  const to = wanted === undefined ? seen.find((one) => !holders.includes(one)) : named(wanted, seen);
  if (to === undefined) {
    const mend = 'say with --to which one is to hold all of them';
    throw new Failure('bad-request', 'both nodes hold addresses', mend);
  }
  const from = seen.find((one) => one !== to);
  if (from === undefined) throw noNode();
  refuseUnfit({ from, to });
  return { from, to };
}

/**
 * Moves all addresses, so that no request fails: neither a new one, nor one that is under way.
 * @param tell told each step, as a clause
 * @throws Failure when it did not come to that; the addresses are on one of the two in any case
 */
export async function switchOver(
  { from, to }: Sides,
  { deadline, reason, author }: SwitchOptions,
  context: Pick<CliContext, 'now'>,
  tell: (text: string) => void,
): Promise<Switched> {
  const addresses = heldAddresses(from.status.node.groups);
  if (addresses.length === 0) return { addresses, took: 0, cut: false };
  const routes = [{ addresses, owner: [...from.status.node.reachedAt] }];
  await call(to.node, 'take', { routes, limit: deadline + margin });
  tell(`${to.node.name} is ready to take ${listOf(addresses)}`);
  try {
    const { took } = await call(from.node, 'give', {
      author,
      ...(reason === undefined ? {} : { reason }),
    });
    tell(`${from.node.name} gave them up within ${took} ms`);
    await untilHeld(to, addresses, context);
    tell(`${to.node.name} holds them; waiting for the connections that ${from.node.name} still has`);
    return { addresses, took, cut: await retire(from, deadline, context) };
  } finally {
    await settle(to, tell);
  }
}

/** What cannot be ended now ends by itself, and does no harm until then. */
async function settle({ node }: Side, tell: (text: string) => void): Promise<void> {
  try {
    await call(node, 'settle');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tell(`${node.name} sends on what strays in for some minutes more: ${error.message}`);
  }
}

async function untilHeld(
  { node }: Side,
  addresses: readonly Address[],
  { now }: Pick<CliContext, 'now'>,
): Promise<void> {
  const held = (status: Status) => heldAddresses(status.node?.groups ?? []);
  const ask = () => call(node, 'status');
  const polled = await poll({ ask, now, deadline: patience }, (status) =>
    addresses.every((address) => held(status).includes(address)) ? true : undefined,
  );
  if (polled.kind === 'found') return;
  throw new Failure(
    'addresses-not-taken',
    `${node.name} did not take ${listOf(addresses)}`,
    'see `aorta status` of both nodes: they have to hear each other',
  );
}

/** @returns whether connections were left when the deadline had passed */
async function retire({ node }: Side, deadline: number, { now }: Pick<CliContext, 'now'>): Promise<boolean> {
  const ask = () => call(node, 'status');
  const end = now() + deadline;
  for (let turn = 0; turn < mostTurns; turn += 1) {
    // Who had not heard of it still came here.
    await sleep(hearsay);
    const { retired } = await call(node, 'retire');
    const polled = await poll({ ask, now, deadline: end - now() }, ({ process }) =>
      process === undefined || process.leavingWorkers === 0 ? true : undefined,
    );
    if (polled.kind !== 'found') return true;
    if (!retired) return false;
  }
  // Whoever still comes does not come by the virtual addresses.
  return false;
}

/** A node that would serve worse than the one that holds the addresses must not get them by mistake. */
function refuseUnfit({ from, to }: Sides): void {
  const { name } = to.node;
  const unfit = (what: string, mend: string) => {
    throw new Failure('node-unfit', `${what}; no address was moved`, mend);
  };
  const [condition] = to.status.node.conditions;
  if (condition !== undefined)
    unfit(`${name}: ${condition.replace(/\.$/, '')}`, `see \`aorta status\` of it`);
  if (from.status.declaration.digest !== to.status.declaration.digest) {
    const mend = 'apply the same declaration to both first';
    unfit(`${from.node.name} and ${name} serve different declarations`, mend);
  }
  const down = to.status.services.filter(({ state }) => state === 'down').map(({ name: service }) => service);
  const worse = down.filter(
    (service) => from.status.services.find((one) => one.name === service)?.state !== 'down',
  );
  if (worse.length > 0)
    unfit(
      `${listOf(worse)} ${worse.length === 1 ? 'is' : 'are'} down on ${name}, and not on ${from.node.name}`,
      'mend that first',
    );
}

function named(wanted: string, seen: readonly Side[]): Side {
  const found = seen.find(({ node, status }) => node.name === wanted || status.node.name === wanted);
  if (found !== undefined) return found;
  const names = listOf(seen.map(({ node }) => node.name));
  throw new Failure('unknown-node', `${wanted} is none of ${names}`, 'name one of them with --to');
}

function noNode(): Failure {
  return new Failure('bad-request', 'addresses are moved between two nodes', 'name the two with --node');
}
