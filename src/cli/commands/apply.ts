import { Failure } from '../../kernel/failure.ts';
import { carryOut } from '../change.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { applyToNodes } from '../nodes/apply-to-nodes.ts';
import { nodesOf } from '../nodes/resolve.ts';
import { type WatchOptions, type WhereOptions, watchOf } from '../options.ts';
import { reportOutcome } from '../outcome.ts';
import { prepare } from '../send.ts';

export interface ApplyOptions extends WatchOptions, WhereOptions {
  readonly json: boolean;
  readonly ifRevision?: number | undefined;
  readonly keep: boolean;
}

/** Makes a declaration the desired state of the running controller, or of several nodes. */
export async function apply(file: string, options: ApplyOptions, context: CliContext): Promise<ExitCode> {
  const nodes = await nodesOf(options, context);
  const { ifRevision } = options;
  if (nodes.length > 1 && ifRevision !== undefined) {
    const what = '--if-revision is about one node: each node has numbers of its own';
    throw new Failure('bad-request', what, 'leave it out: a node that has changed since the plan refuses');
  }
  const prepared = await prepare(file, context.now());
  if (!prepared.ok) {
    return reportOutcome({ outcome: 'invalid', evidence: [], findings: prepared.error }, options, context);
  }
  if (nodes.length > 1) return await applyToNodes(nodes, file, prepared.value, options, context);
  const request = { ...prepared.value, ...watchOf(options, context) };
  const place = nodes[0] ?? context.machine.controlSocket(options.state);
  return carryOut(
    (live) => call(place, 'apply', request, { ...live, ...(ifRevision === undefined ? {} : { ifRevision }) }),
    options,
    context,
  );
}
