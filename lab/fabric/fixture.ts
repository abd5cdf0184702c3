/** What happens to clients of nodes that announce their addresses, found out in a room: sends one message with what it saw. */
import { setTimeout as pause } from 'node:timers/promises';
import { FABRIC_NODES, type FabricNode, type Family, nodeAt, PLANS, type Plan } from './addresses.ts';
import type { Call } from './caller.ts';
import { Fabric } from './fabric.ts';
import type { Spreading } from './router.ts';

/** How the calls around one event went. */
export interface Effect {
  readonly what: Event;
  /** From the event until the router sent clients elsewhere, in milliseconds; absent when it was not to. */
  readonly rerouted?: number;
  /** How often the router chose other nodes. */
  readonly routeChanges: number;
  readonly sent: number;
  /** Of clients that keep their connection, and of those that open a new one. */
  readonly failedKept: number;
  readonly failedNew: number;
  /** The longest time until an answer, in milliseconds. */
  readonly slowest: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** How many answers each node gave in the last second. */
  readonly shares: Readonly<Partial<Record<FabricNode, number>>>;
}

export type Event =
  /** Nothing happens: what a calm second is like. */
  | 'nothing'
  /** HAProxy of a node dies, and its controller before it: nobody but the watchdog notices. */
  | 'kill'
  | 'hang'
  | 'power'
  | 'withdraw'
  | 'announce'
  /** The same, and all nodes take part, so that no connection breaks. */
  | 'withdraw-among-all'
  | 'announce-among-all'
  /** One more address, on one node. */
  | 'change'
  /** Addresses that move are declared in place of announced ones, on one node, and announced ones again. */
  | 'carriers'
  /** Controller and watchdog die, and HAProxy goes on. */
  | 'unwatched'
  /** BIRD dies, and its controller starts another one. */
  | 'bird';

const victim = 'lb-c';
const others = FABRIC_NODES.filter((name) => name !== victim);

async function event(fabric: Fabric, what: Event): Promise<Effect> {
  let rerouted: number | undefined;
  const before = fabric.router.routes.length;
  const calls = await fabric.whileCalled(async () => {
    rerouted = await happen(fabric, what);
  });
  const effect = effectOf(what, fabric.plan, calls, rerouted, fabric.router.routes.length - before);
  await mend(fabric, what);
  return effect;
}

/** @returns how long it took until the router sent clients elsewhere, where that was to happen by itself */
async function happen(fabric: Fabric, what: Event): Promise<number | undefined> {
  switch (what) {
    case 'nothing':
      await pause(500);
      return undefined;
    case 'kill':
      fabric.signal(victim, 'controller', 'SIGKILL');
      fabric.signal(victim, 'haproxy', 'SIGKILL');
      return await fabric.untilRouted(...others);
    case 'hang':
      fabric.signal(victim, 'haproxy', 'SIGSTOP');
      return await fabric.untilRouted(...others);
    case 'power': {
      const routed = fabric.untilRouted(...others);
      await fabric.powerCut(victim);
      return await routed;
    }
    case 'withdraw':
      await fabric.run(victim, ['withdraw', '--reason', 'patches']);
      await fabric.untilRouted(...others);
      return undefined;
    case 'announce':
      await fabric.run(victim, ['announce']);
      await fabric.untilRouted(...FABRIC_NODES);
      return undefined;
    case 'withdraw-among-all':
      await fabric.command(['withdraw', victim, '--reason', 'patches']);
      return undefined;
    case 'announce-among-all':
      await fabric.command(['announce', victim]);
      return undefined;
    case 'change':
      await fabric.apply(victim, { further: true });
      return undefined;
    case 'carriers': {
      await fabric.apply(victim, { moves: true });
      await fabric.untilRouted(...others);
      // It finds nothing that does not run.
      fabric.signal(victim, 'keepalived', 'SIGCONT');
      await fabric.apply(victim, {});
      await fabric.untilRouted(...FABRIC_NODES);
      return undefined;
    }
    case 'bird': {
      fabric.signal(victim, 'bird', 'SIGKILL');
      const gone = await fabric.untilRouted(...others);
      await fabric.untilRouted(...FABRIC_NODES);
      return gone;
    }
    case 'unwatched':
      fabric.signal(victim, 'controller', 'SIGKILL');
      fabric.signal(victim, 'watchdog', 'SIGKILL');
      await pause(1_000);
      return undefined;
  }
}

/** All nodes announce again. What was withdrawn stays so until it is announced. */
async function mend(fabric: Fabric, what: Event): Promise<void> {
  switch (what) {
    case 'kill':
    case 'unwatched':
      await fabric.up(victim);
      break;
    case 'hang':
      fabric.signal(victim, 'haproxy', 'SIGCONT');
      break;
    case 'power':
      await fabric.powerOn(victim);
      break;
    case 'nothing':
    case 'withdraw':
    case 'announce':
    case 'withdraw-among-all':
    case 'announce-among-all':
    case 'change':
    case 'carriers':
    case 'bird':
      return;
  }
  await fabric.untilRouted(...FABRIC_NODES);
}

function effectOf(
  what: Event,
  plan: Plan,
  calls: readonly Call[],
  rerouted: number | undefined,
  routeChanges: number,
): Effect {
  const failed = calls.filter(({ why }) => why !== undefined);
  const last = Math.max(...calls.map(({ start }) => start));
  const shares: Partial<Record<FabricNode, number>> = {};
  for (const { from, start } of calls) {
    const node = from === undefined || start < last - 1_000 ? undefined : nodeAt(plan, from);
    if (node !== undefined) shares[node] = (shares[node] ?? 0) + 1;
  }
  const reasons: Record<string, number> = {};
  for (const { why = '', kind } of failed) reasons[`${kind} ${why}`] = (reasons[`${kind} ${why}`] ?? 0) + 1;
  return {
    what,
    ...(rerouted === undefined ? {} : { rerouted: Math.round(rerouted) }),
    routeChanges,
    sent: calls.length,
    failedKept: failed.filter(({ kind }) => kind === 'kept').length,
    failedNew: failed.filter(({ kind }) => kind === 'new').length,
    slowest: Math.round(Math.max(...calls.map(({ start, end }) => end - start))),
    reasons,
    shares,
  };
}

async function look(directory: string, family: Family, spreading: Spreading, events: readonly Event[]) {
  const fabric = await Fabric.open(directory, PLANS[family], spreading);
  try {
    const ready = await fabric.untilRouted(...FABRIC_NODES);
    const effects: Effect[] = [];
    for (const one of events) effects.push(await event(fabric, one));
    const failover = await fabric.command(['failover'], ['lb-a', 'lb-b']).catch(String);
    const status = await fabric.command(['status']);
    return { ready, effects, failover, status, left: await fabric.down('lb-a') };
  } finally {
    await fabric.end();
  }
}
export type Seen = Awaited<ReturnType<typeof look>>;

const [directory = '', family = 'ipv4', spreading = 'plain', ...events] = process.argv.slice(2);
look(directory, family as Family, spreading as Spreading, events as Event[]).then(
  (seen) => process.send?.({ seen }, () => process.exit(0)),
  (error: unknown) =>
    process.send?.({ error: error instanceof Error ? error.stack : String(error) }, () => process.exit(1)),
);
