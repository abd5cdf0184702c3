import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../kernel/failure.ts';
import type { Address } from '../../model/address.ts';
import { heldAddresses } from '../../model/held-addresses.ts';
import type { Status } from '../../model/status.ts';
import { call } from '../client.ts';
import type { CliContext } from '../context.ts';
import { poll } from '../poll.ts';
import type { Move } from './moves.ts';
import { listOf } from './node-words.ts';
import type { RemoteNode } from './remote-node.ts';
import { retireConnections } from './retire-connections.ts';
import { settle } from './settle.ts';

export interface SwitchOptions {
  /** For the last connection of the node that gave the addresses up to end, in milliseconds. */
  readonly deadline: number;
  readonly reason?: string | undefined;
  readonly author: string;
}

/** How a move went. */
export interface Switched {
  readonly move: Move;
  /** From when the addresses were to be given up until the last was gone, in milliseconds. */
  readonly took: number;
  /** Whether connections were still open on the giver when the deadline had passed. */
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
 * Moves groups from one node to another, so that no request fails: neither a new one, nor one that is under way.
 * @param tell told each step, as a clause
 * @throws Failure when it did not come to that; the addresses are on one of the nodes in any case
 */
export async function switchOver(
  nodes: readonly RemoteNode[],
  move: Move,
  { deadline, reason, author }: SwitchOptions,
  context: Pick<CliContext, 'now'>,
  tell: (text: string) => void,
): Promise<Switched> {
  const { addresses } = move;
  const groups = [...move.groups];
  const [from, to] = [nodeNamed(move.from, nodes), nodeNamed(move.to, nodes)];
  const others = move.makeWay.map((name) => nodeNamed(name, nodes));
  const routes = [{ addresses: [...addresses], owner: [...move.owner] }];
  const limit = deadline + margin;
  try {
    for (const node of others) await call(node, 'makeWay', { groups, limit });
    if (others.length > 0)
      tell(`${listOf(others.map(({ name }) => name))} ${others.length === 1 ? 'makes' : 'make'} way`);
    await call(to, 'take', { groups, routes, limit });
    tell(`${to.name} is ready to take ${listOf(addresses)}`);
    const { took } = await call(from, 'give', {
      groups,
      author,
      ...(reason === undefined ? {} : { reason }),
    });
    tell(`${from.name} gave them up within ${took} ms`);
    await untilHeld(to, addresses, context);
    for (const node of others) await settle(node, tell);
    tell(`${to.name} holds them; waiting for the connections that ${from.name} still has`);
    return { move, took, cut: await retire(from, groups, deadline, context) };
  } finally {
    for (const node of [to, ...others]) await settle(node, tell);
  }
}

/** Tells a node that holds groups of its own, although it was to leave them to others, that it is welcome to them. */
export async function welcome(
  node: string,
  groups: Move['groups'],
  nodes: readonly RemoteNode[],
): Promise<void> {
  await call(nodeNamed(node, nodes), 'take', { groups: [...groups], routes: [], limit: margin });
}

async function untilHeld(
  node: RemoteNode,
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
    'see `aorta status` of all nodes: they have to hear each other',
  );
}

/** @returns whether connections were left when the deadline had passed */
async function retire(
  node: RemoteNode,
  groups: Move['groups'],
  deadline: number,
  context: Pick<CliContext, 'now'>,
): Promise<boolean> {
  const end = context.now() + deadline;
  for (let turn = 0; turn < mostTurns; turn += 1) {
    // Who had not heard of it still came here.
    await sleep(hearsay);
    const ended = await retireConnections(node, groups, end, context);
    if (ended !== 'ended') return ended === 'cut';
  }
  // Whoever still comes does not come by the virtual addresses.
  return false;
}

function nodeNamed(name: string, nodes: readonly RemoteNode[]): RemoteNode {
  const found = nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`${name} is none of the nodes`);
  return found;
}
