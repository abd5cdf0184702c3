import { Failure } from '../../kernel/failure.ts';
import type { Duration } from '../../model/duration.ts';
import { type ControllerPlace, call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { listOf } from '../nodes/node-words.ts';
import { nodesOf } from '../nodes/resolve.ts';
import { shareAnew } from '../nodes/share-anew.ts';
import type { WhereOptions } from '../options.ts';
import { poll } from '../poll.ts';
import { teller } from './failover.ts';

export interface AnnounceOptions extends WhereOptions {
  readonly author?: string | undefined;
  /** For connections from before to end, where all nodes take part. */
  readonly deadline: Duration;
  readonly json: boolean;
}

export interface WithdrawOptions extends AnnounceOptions {
  readonly reason?: string | undefined;
}

/** A router hears of it within a second, unless its session has to be opened first. In milliseconds. */
const patience = 60_000;

/**
 * Takes one node out of those that announce the addresses, until `aorta announce`. Connections that are open to it break,
 * unless all nodes take part.
 * @param name which of several nodes; absent: the only one that is asked
 */
export async function withdraw(
  name: string | undefined,
  options: WithdrawOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { reason, author = context.user } = options;
  const request = { author, ...(reason === undefined ? {} : { reason }) };
  const back = 'until `aorta announce`, also after a restart';
  return await among(name, options, context, async (place) => {
    const { took } = await call(place, 'withdraw', request);
    const words = `${context.colors.green('withdrawn')}: no router is told of its addresses, ${back}\n`;
    return { json: { took }, words, changed: true };
  });
}

/** Lets a node announce its addresses again. @param name as for {@link withdraw} */
export async function announce(
  name: string | undefined,
  options: AnnounceOptions,
  context: CliContext,
): Promise<ExitCode> {
  return await among(name, options, context, async (place, waits) => {
    const { announced } = await call(place, 'announce', { author: options.author ?? context.user });
    if (announced && waits) await untilAnnounced(place, context);
    const words = announced
      ? `${context.colors.green('done')}: it announces its addresses as long as HAProxy serves\n`
      : 'nothing to do: it was not withdrawn\n';
    return { json: { announced }, words, changed: announced };
  });
}

interface Changed {
  readonly json: object;
  readonly words: string;
  readonly changed: boolean;
}

/** Changes what one node announces: by itself, or among all, so that no connection breaks. */
async function among(
  name: string | undefined,
  options: AnnounceOptions,
  context: CliContext,
  change: (place: ControllerPlace, waits: boolean) => Promise<Changed>,
): Promise<ExitCode> {
  const nodes = await nodesOf(options, context);
  if (name === undefined && nodes.length < 2) {
    const place = nodes[0] ?? context.machine.controlSocket(options.state);
    const { json, words } = await change(place, false);
    context.write(options.json ? toJson(json) : words);
    return 0;
  }
  if (name === undefined || nodes.length < 2) {
    const mend = 'say which node, and name all of them: NODE --node lb-a --node lb-b ...';
    throw new Failure('bad-request', 'this is about one of several nodes, all of which take part', mend);
  }
  let done: Changed | undefined;
  const cut = await shareAnew(
    {
      ...{ nodes, name, deadline: options.deadline },
      change: async (node) => {
        done = await change(node, true);
        return done.changed;
      },
    },
    context,
    teller(options, context),
  );
  if (options.json) context.write(toJson({ ...done?.json, cut }));
  else {
    context.write(done?.words ?? '');
    if (cut.length > 0)
      context.warn(
        `${context.colors.yellow('warning')}: some connections to ${listOf(cut)} were still open\n`,
      );
  }
  return cut.length === 0 ? 0 : 1;
}

async function untilAnnounced(place: ControllerPlace, context: CliContext): Promise<void> {
  const ask = () => call(place, 'status');
  const now = () => context.now();
  const polled = await poll({ ask, now, deadline: patience }, ({ node }) =>
    node?.announcement?.state === 'announced' ? true : undefined,
  );
  if (polled.kind === 'found') return;
  const what = 'it may announce again, and not every router was told of all addresses';
  throw new Failure('addresses-failed', what, 'see `aorta status` of it');
}
