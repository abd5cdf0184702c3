import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../kernel/failure.ts';
import { call } from '../client.ts';
import type { CliContext } from '../context.ts';
import { look } from './look.ts';
import { listOf } from './node-words.ts';
import type { RemoteNode } from './remote-node.ts';
import { retireConnections } from './retire-connections.ts';
import { settle } from './settle.ts';

/** For a router to share clients as it was told, in milliseconds; it takes some. */
const hearsay = 1_000;
/** What strays is relayed for as long as connections may last, and somewhat longer. In milliseconds. */
const margin = 60_000;

/** What is to change in what the nodes announce. */
export interface Sharing {
  readonly nodes: readonly RemoteNode[];
  /** The node that is withdrawn, or announced again. */
  readonly name: string;
  /** Makes the change; comes back when the routers have been told. @returns whether there was anything to change */
  readonly change: (node: RemoteNode) => Promise<boolean>;
  /** For the last connection from before to end, in milliseconds. */
  readonly deadline: number;
}

/**
 * Withdraws or announces one of the nodes that announce the same addresses, so that no connection breaks. Whatever routers do
 * with the connections that are open, they come to a node that does not know them, and it hands them to the one that does;
 * then each node lets what is open end, so that nothing has to be handed on any more.
 * @param tell told each step, as a clause
 * @returns the nodes on which connections were still open at the end: they break
 * @throws Failure when nothing was changed, or not all of it
 */
export async function shareAnew(
  { nodes, name, change, deadline }: Sharing,
  context: Pick<CliContext, 'now'>,
  tell: (text: string) => void,
): Promise<readonly string[]> {
  const node = nodes.find((one) => one.name === name);
  if (node === undefined) {
    const mend = `use one of: ${nodes.map((one) => one.name).join(', ')}`;
    throw new Failure('unknown-node', `${name} is none of the nodes that were named with --node`, mend);
  }
  refuseUnfit(await look(nodes, context), name);
  const limit = deadline + margin;
  const names = listOf(nodes.map((one) => one.name));
  try {
    for (const one of nodes) await call(one, 'relay', { limit });
    tell(`${names} hand each other what strays`);
    if (!(await change(node))) return [];
    tell('the routers were told; waiting for the connections from before');
    await sleep(hearsay);
    const end = context.now() + deadline;
    const ended = await Promise.all(nodes.map((one) => retireConnections(one, undefined, end, context)));
    return nodes.filter((_, index) => ended[index] === 'cut').map((one) => one.name);
  } finally {
    for (const one of nodes) await settle(one, tell);
  }
}

/** @throws Failure when a node is missing that would be needed: nothing was touched then */
function refuseUnfit(seen: Awaited<ReturnType<typeof look>>, name: string): void {
  const statuses = seen.map((one) => {
    if (one.kind === 'answered') return one;
    const { code, message, mend } = one.failure;
    throw new Failure(code, `nothing was touched: ${message}`, mend);
  });
  const all = new Set(statuses.flatMap(({ status }) => status.node?.nodes ?? []));
  const unnamed = [...all].filter((one) => statuses.every((other) => other.status.node?.name !== one));
  if (unnamed.length > 0) {
    const each = unnamed.map((one) => `--node ${one}`).join(' ');
    const what = `nothing was touched: ${listOf(unnamed)} could not hand on what strays there`;
    throw new Failure('bad-request', what, `name all nodes: add ${each}`);
  }
  const others = statuses.filter((one) => one.name !== name);
  if (others.some(({ status }) => status.node?.announcement?.state === 'announced')) return;
  const what = 'nothing was touched: no other node announces the addresses';
  throw new Failure('node-unfit', what, 'see `aorta status` of them; let another one announce first');
}
