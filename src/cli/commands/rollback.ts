import { carryOut } from '../change.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { nodesOf } from '../nodes/resolve.ts';
import { rollBackNodes } from '../nodes/roll-back-nodes.ts';
import { type WatchOptions, type WhereOptions, watchOf } from '../options.ts';

export interface RollbackOptions extends WatchOptions, WhereOptions {
  readonly json: boolean;
  readonly keep: boolean;
}

/** Brings back an earlier revision; without a number the one before the one in service. */
export async function rollback(
  revision: number | undefined,
  options: RollbackOptions,
  context: CliContext,
): Promise<ExitCode> {
  const nodes = await nodesOf(options, context);
  if (nodes.length > 1) return await rollBackNodes(nodes, revision, options, context);
  const request = { ...(revision === undefined ? {} : { revision }), ...watchOf(options, context) };
  const place = nodes[0] ?? context.machine.controlSocket(options.state);
  return carryOut((live) => call(place, 'rollback', request, live), options, context);
}
