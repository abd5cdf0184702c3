import { Failure } from '../../kernel/failure.ts';
import type { Duration } from '../../model/duration.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { clockTime } from '../local-time.ts';
import { look } from '../nodes/look.ts';
import { type MovePlan, moveWords, planMoves, type Wish } from '../nodes/moves.ts';
import { listOf } from '../nodes/node-words.ts';
import { nodesOf } from '../nodes/resolve.ts';
import { type Switched, switchOver, welcome } from '../nodes/switch-over.ts';
import type { WhereOptions } from '../options.ts';

export interface MoveOptions extends WhereOptions {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly group?: readonly string[] | undefined;
  readonly deadline: Duration;
  readonly reason?: string | undefined;
  readonly author?: string | undefined;
  readonly json: boolean;
}

export interface FailoverOptions extends MoveOptions {
  readonly home: boolean;
}

/** Moves groups of addresses from node to node. Exit code 1 when connections had to be cut. */
export async function failover(options: FailoverOptions, context: CliContext): Promise<ExitCode> {
  const wish = { ...wishOf(options), home: options.home };
  if (wish.home && (wish.to !== undefined || wish.from !== undefined)) {
    const mend = 'leave --to and --from out';
    throw new Failure('bad-request', '--home says where each group goes', mend);
  }
  const nodes = await pairOf(options, context);
  const plan = planMoves(await look(nodes, context), wish);
  const tell = teller(options, context);
  announce(plan, options, context, tell);
  const { deadline, reason } = options;
  const author = options.author ?? context.user;
  const done: Switched[] = [];
  for (const { node, groups } of plan.stays) {
    await welcome(node, groups, nodes);
    tell(`${node} keeps ${listOf(groups)}`);
  }
  for (const move of plan.moves)
    done.push(await switchOver(nodes, move, { deadline, reason, author }, context, tell));
  if (options.json) context.write(toJson({ moves: done.map(asJson) }));
  else for (const one of done) context.write(outcomeWords(one, context));
  if (!options.json && done.length === 0 && plan.stays.length === 0)
    context.write('nothing to do: the addresses are there already\n');
  return done.some(({ cut }) => cut) ? 1 : 0;
}

export function wishOf({ to, from, group }: MoveOptions): Wish {
  return { to, from, groups: group };
}

/** Says what will be done, unless it is plain, and what could come in between. */
export function announce(
  { moves, unasked }: MovePlan,
  { json }: Pick<MoveOptions, 'json'>,
  context: CliContext,
  tell: (text: string) => void,
): void {
  const { yellow } = context.colors;
  const first = moves[0]?.groups.length ?? 0;
  if (moves.length > 1 || first > 1 || (moves[0]?.leaves.length ?? 0) > 0)
    tell(`moving ${listOf(moves.map(moveWords))}`);
  if (unasked.length === 0 || json) return;
  const was = unasked.length === 1 ? 'was' : 'were';
  context.warn(
    `${yellow('warning')}: ${listOf(unasked)} ${was} not named, and would come before the node that is to take over\n`,
  );
}

/** The nodes that a command about the whole pair was given. @throws Failure `bad-request` and as {@link nodesOf} */
export async function pairOf(options: WhereOptions, context: CliContext) {
  const nodes = await nodesOf(options, context);
  if (nodes.length > 0) return nodes;
  const mend = 'name all of them with --node';
  throw new Failure('bad-request', 'this command is about all nodes of a pair', mend);
}

/** Tells each step with the time. */
export function teller(
  { json }: Pick<FailoverOptions, 'json'>,
  context: Pick<CliContext, 'write' | 'now'>,
): (text: string) => void {
  return (text) => {
    if (!json) context.write(`${clockTime(context.now())} ${text}\n`);
  };
}

function asJson({ move: { from, to, groups, addresses }, took, cut }: Switched): object {
  return { from, to, groups, addresses, took, cut };
}

function outcomeWords({ move, cut }: Switched, { colors }: CliContext): string {
  const { from, to, addresses, leaves } = move;
  const has = `${to} holds ${listOf(addresses)}`;
  if (cut) return `${colors.yellow('moved')}: ${has}; some connections to ${from} were still open\n`;
  if (leaves.length === 0) return `${colors.green('done')}: ${has}, ${from} stands by\n`;
  const back = `${from} leaves ${listOf(leaves)} to the others until \`aorta failover --home\``;
  return `${colors.green('done')}: ${has}; ${back}\n`;
}
