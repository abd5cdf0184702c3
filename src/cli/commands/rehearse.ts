import { setTimeout as sleep } from 'node:timers/promises';
import type { RehearsedRequest } from '../../contract/operations.ts';
import { Failure } from '../../kernel/failure.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { AddressProbe, type ProbeReport, probeTargets } from '../nodes/address-probe.ts';
import { look } from '../nodes/look.ts';
import { planMoves } from '../nodes/moves.ts';
import { listOf } from '../nodes/node-words.ts';
import type { RemoteNode } from '../nodes/remote-node.ts';
import { switchOver } from '../nodes/switch-over.ts';
import { announce, type MoveOptions, pairOf, teller, wishOf } from './failover.ts';

/** How long is asked before the first move, between the two and after the second, in milliseconds. */
const calm = 2_000;

/**
 * Moves groups of addresses to other nodes and back while the services of all groups are asked all the time, and says what
 * clients would have noticed. Exit code 1 when a request failed.
 */
export async function rehearse(options: MoveOptions, context: CliContext): Promise<ExitCode> {
  const nodes = await pairOf(options, context);
  const seen = await look(nodes, context);
  const there = planMoves(seen, wishOf(options));
  if (there.moves.length === 0) {
    const mend = 'say with --from, --to or --group what is to be moved';
    throw new Failure('bad-request', 'the addresses are there already: there is nothing to rehearse', mend);
  }
  const targets = seen.flatMap((one) => (one.kind === 'answered' ? [probeTargets(one.status)] : []))[0] ?? [];
  const tell = teller(options, context);
  announce(there, options, context, tell);
  const asked = listOf(targets.map(({ address }) => address));
  tell(`asking ${asked} all the time`);
  const probe = new AddressProbe(targets, () => context.now());
  let moves = 0;
  const { deadline, reason = 'rehearsal' } = options;
  const author = options.author ?? context.user;
  try {
    await sleep(calm);
    refuseUnreached(probe.report());
    for (const move of there.moves) {
      await switchOver(nodes, move, { deadline, reason, author }, context, tell);
      moves += 1;
    }
    await sleep(calm);
    for (const { from: to, groups } of there.moves.toReversed()) {
      const back = planMoves(await look(nodes, context), { to, groups });
      for (const move of back.moves) {
        await switchOver(nodes, move, { deadline, reason, author }, context, tell);
        moves += 1;
      }
    }
    await sleep(calm);
  } finally {
    await probe.end();
  }
  const report = probe.report();
  const { sent, failed, longestGap, reasons } = report;
  await tellNodes(nodes, { author, moves, sent, failed, longestGap }, tell);
  if (options.json) context.write(toJson({ moves, sent, failed, longestGap, reasons }));
  else {
    const { green, red } = context.colors;
    const words = `${sent} requests, ${failed} failed, longest time without an answer ${longestGap} ms`;
    context.write(`${failed === 0 ? green('done') : red('noticed')}: there and back; ${words}\n`);
    for (const [what, count] of Object.entries(reasons)) context.write(`  ${count} x ${what}\n`);
  }
  return failed === 0 ? 0 : 1;
}

/** Each node keeps it for its status; one that does not is no reason to fail. */
async function tellNodes(
  nodes: readonly RemoteNode[],
  found: RehearsedRequest,
  tell: (text: string) => void,
): Promise<void> {
  for (const node of nodes) {
    try {
      await call(node, 'rehearsed', found);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      tell(`${node.name} does not keep what was found: ${error.message}`);
    }
  }
}

/** What is not reached at rest is not measured. */
function refuseUnreached({ sent, failed, unreached }: ProbeReport): void {
  if (sent > 0 && failed === 0 && unreached.length === 0) return;
  const silent = unreached.length === 0 ? '' : `, and ${listOf(unreached)} never answered`;
  throw new Failure(
    'bad-request',
    `${failed} of ${sent} requests failed from here before anything was moved${silent}; nothing was`,
    'run it where the virtual addresses are reached, and see `aorta status`',
  );
}
