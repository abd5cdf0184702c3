import { Failure } from '../../kernel/failure.ts';
import type { Duration } from '../../model/duration.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { clockTime } from '../local-time.ts';
import { listOf } from '../nodes/node-words.ts';
import { nodesOf } from '../nodes/resolve.ts';
import { sidesOf, switchOver } from '../nodes/switch-over.ts';
import type { WhereOptions } from '../options.ts';

export interface FailoverOptions extends WhereOptions {
  readonly to?: string | undefined;
  readonly deadline: Duration;
  readonly reason?: string | undefined;
  readonly author?: string | undefined;
  readonly json: boolean;
}

/** Moves all virtual addresses of a pair to one of its nodes. Exit code 1 when connections had to be cut. */
export async function failover(options: FailoverOptions, context: CliContext): Promise<ExitCode> {
  const nodes = await pairOf(options, context);
  const sides = await sidesOf(nodes, options.to, context);
  const [from, to] = [sides.from.node.name, sides.to.node.name];
  const { deadline, reason } = options;
  const author = options.author ?? context.user;
  const { addresses, took, cut } = await switchOver(
    sides,
    { deadline, reason, author },
    context,
    teller(options, context),
  );
  if (options.json) context.write(toJson({ from, to, addresses, took, cut }));
  else if (addresses.length === 0) context.write(`nothing to do: ${from} holds no address\n`);
  else if (cut) {
    const { yellow } = context.colors;
    context.write(
      `${yellow('moved')}: ${to} holds ${listOf(addresses)}; some connections to ${from} were still open\n`,
    );
  } else
    context.write(`${context.colors.green('done')}: ${to} holds ${listOf(addresses)}, ${from} stands by\n`);
  return cut ? 1 : 0;
}

/** The nodes that a command about the whole pair was given. @throws Failure `bad-request` and as {@link nodesOf} */
export async function pairOf(options: WhereOptions, context: CliContext) {
  const nodes = await nodesOf(options, context);
  if (nodes.length > 0) return nodes;
  const mend = 'name both with --node';
  throw new Failure('bad-request', 'this command is about both nodes of a pair', mend);
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
