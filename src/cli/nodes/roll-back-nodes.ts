import { Failure } from '../../kernel/failure.ts';
import { revisionBefore } from '../../store/revision-before.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { watchOf } from '../options.ts';
import { type ChangeNodesOptions, changeNodes } from './change-nodes.ts';
import { reportNodes } from './change-report.ts';
import { listOf } from './node-words.ts';
import { readyNodes } from './ready-nodes.ts';
import type { RemoteNode } from './remote-node.ts';

/** Where a node would go back to. */
interface Target {
  readonly name: string;
  readonly revision: number;
  readonly digest: string;
}

/**
 * Takes several nodes back, one after the other. Each has numbers of its own, so all of them must come to the same
 * declaration.
 * @param revision a number of each node; absent: the one before the one in service
 */
export async function rollBackNodes(
  nodes: readonly RemoteNode[],
  revision: number | undefined,
  options: ChangeNodesOptions,
  context: CliContext,
): Promise<ExitCode> {
  const ready = await readyNodes(nodes, context);
  const targets = await Promise.all(nodes.map((node) => targetOf(node, revision)));
  refuseDifferent(targets);
  const watch = watchOf(options, context);
  const changed = await changeNodes(
    ready,
    ({ node }, live) => {
      const target = targets.find(({ name }) => name === node.name)?.revision;
      return call(
        node,
        'rollback',
        { ...watch, ...(target === undefined ? {} : { revision: target }) },
        live,
      );
    },
    options,
    context,
  );
  const number = revision === undefined ? '' : ` ${revision}`;
  return reportNodes(changed, `aorta rollback${number}`, options, context);
}

async function targetOf(node: RemoteNode, wanted: number | undefined): Promise<Target> {
  const { revisions, inService } = await call(node, 'revisions');
  const found =
    wanted === undefined
      ? revisionBefore(revisions, inService)
      : revisions.find(({ number }) => number === wanted);
  if (found !== undefined) return { name: node.name, revision: found.number, digest: found.digest };
  const mend = `see \`aorta history --node ${node.name}\``;
  throw wanted === undefined
    ? new Failure('nothing-to-roll-back', `no node was touched: ${node.name} has no earlier revision`, mend)
    : new Failure('unknown-revision', `no node was touched: ${node.name} has no revision ${wanted}`, mend);
}

function refuseDifferent(targets: readonly Target[]): void {
  if (new Set(targets.map(({ digest }) => digest)).size < 2) return;
  const each = targets.map(
    ({ name, revision, digest }) => `${name} to revision ${revision} (${digest.slice(0, 12)})`,
  );
  throw new Failure(
    'nodes-differ',
    `no node was touched: they would go back to different declarations, ${listOf(each)}`,
    'apply the declaration that both are to have, or take each back by itself',
  );
}
