import { Failure } from '../../kernel/failure.ts';
import type { Duration } from '../../model/duration.ts';
import type { Status } from '../../model/status.ts';
import { type ControllerPlace, call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { listOf } from '../nodes/node-words.ts';
import type { RemoteNode } from '../nodes/remote-node.ts';
import { controllerOf, nodesOf } from '../nodes/resolve.ts';
import { untilQuiet } from '../nodes/until-quiet.ts';
import type { WhereOptions } from '../options.ts';
import { teller } from './failover.ts';

export interface WithdrawOptions extends WhereOptions {
  readonly deadline: Duration;
  readonly reason?: string | undefined;
  readonly author?: string | undefined;
  readonly json: boolean;
}

/** What strays in is sent on for as long as connections may last, and somewhat longer. In milliseconds. */
const margin = 30_000;

/**
 * Takes one node out of those that announce the addresses, until `aorta announce`. With the other nodes named too, they
 * send on what belongs to its connections. Exit code 1 when connections had to be cut.
 * @param name of the node; absent: the one that is named, or that of this machine
 */
export async function withdraw(
  name: string | undefined,
  options: WithdrawOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { leaving, others } = await sidesOf(name, options, context);
  const tell = teller(options, context);
  const status: Status = await call(leaving, 'status');
  const { addresses, reachedAt } = announcedBy(status);
  const limit = options.deadline + margin;
  const ready: RemoteNode[] = [];
  try {
    for (const node of others) {
      await call(node, 'take', { routes: [{ addresses, owner: reachedAt }], limit });
      ready.push(node);
    }
    if (others.length > 0) tell(`${listOf(others.map((one) => one.name))} send on what belongs to it`);
    const { reason } = options;
    const author = options.author ?? context.user;
    const { took } = await call(leaving, 'withdraw', { author, ...(reason === undefined ? {} : { reason }) });
    tell(`no router is told of ${listOf(addresses)} any more, after ${took} ms`);
    const cut = !(await untilQuiet(leaving, options.deadline, context));
    const own = status.node?.name ?? 'this node';
    if (options.json) context.write(toJson({ node: own, addresses, took, cut }));
    else {
      const { green, yellow } = context.colors;
      const open = cut ? '; some connections to it were still open' : '';
      const back = `\`aorta announce\` takes it back`;
      context.write(
        `${cut ? yellow('withdrawn') : green('withdrawn')}: ${own} gets no clients${open}; ${back}\n`,
      );
    }
    return cut ? 1 : 0;
  } finally {
    for (const node of ready) {
      await call(node, 'settle').catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        tell(`${node.name} sends on what strays in for some minutes more: ${error.message}`);
      });
    }
  }
}

/** Lets a node announce its addresses again. */
export async function announce(
  options: Omit<WithdrawOptions, 'deadline' | 'reason'>,
  context: CliContext,
): Promise<ExitCode> {
  const place = await controllerOf(options, context);
  const { announced } = await call(place, 'announce', { author: options.author ?? context.user });
  if (options.json) context.write(toJson({ announced }));
  else if (announced)
    context.write(`${context.colors.green('done')}: it announces its addresses as long as HAProxy serves\n`);
  else context.write('nothing to do: it was not withdrawn\n');
  return 0;
}

async function sidesOf(
  name: string | undefined,
  options: WithdrawOptions,
  context: CliContext,
): Promise<{ readonly leaving: ControllerPlace; readonly others: readonly RemoteNode[] }> {
  const nodes = await nodesOf(options, context);
  const [first] = nodes;
  if (name === undefined && nodes.length < 2)
    return { leaving: first ?? context.machine.controlSocket(options.state), others: [] };
  const leaving = nodes.find((node) => node.name === name);
  if (leaving !== undefined) return { leaving, others: nodes.filter((node) => node !== leaving) };
  const what =
    name === undefined ? 'one node is withdrawn at a time' : `${JSON.stringify(name)} is none of the nodes`;
  throw new Failure('bad-request', what, 'say which one, by a name that is also given with --node');
}

function announcedBy({ node }: Status) {
  if (node?.announcement !== undefined) {
    return {
      addresses: node.announcement.addresses.map((address) => address),
      reachedAt: [...node.reachedAt],
    };
  }
  const mend =
    'declare `ha.announce`: docs/how-to/scale-out.md; addresses that move are moved by `aorta failover`';
  throw new Failure('addresses-not-announced', 'this node announces no addresses', mend);
}
