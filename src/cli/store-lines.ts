import type { SharedNodeStatus, Status, StoreStatus } from '../model/status.ts';
import { ago } from './ago.ts';
import type { Colors } from './context.ts';

/** What the nodes share, and what is wrong with it; empty for a node that shares nothing. */
export function storeLines({ store, at }: Pick<Status, 'store' | 'at'>, colors: Colors): string {
  if (store === undefined) return '';
  const { away, head, change, nodes } = store;
  const lines =
    away === undefined
      ? [headLine(store, at)]
      : [
          `${colors.red('away')} since ${ago(at - away.since)}: ${away.why}`,
          'traffic, failover and drains go on; changes are refused',
        ];
  if (change !== undefined && away === undefined) {
    const far = nodes.map(({ name, verdict }) => `${name} ${verdictWords(verdict)}`).join(', ');
    lines.push(`${colors.yellow('a change')} by ${change.author} is under way: ${far}`);
  }
  lines.push(...nodes.flatMap((node) => nodeLines(node, head, change !== undefined, colors)));
  return lines.map((line) => `shared store: ${line}\n`).join('');
}

/** What a person would call a change of it. */
export function storeState(store: StoreStatus | undefined): unknown {
  return [
    store?.away === undefined,
    store?.head?.digest,
    store?.change?.digest,
    store?.nodes.map(({ name, present, digest, verdict, trouble }) => [
      name,
      present,
      digest,
      verdict,
      trouble,
    ]),
  ];
}

function headLine({ head, nodes }: StoreStatus, at: number): string {
  if (head === undefined) return 'nothing is shared yet';
  const have = nodes.filter(({ digest }) => digest === head.digest).map(({ name }) => name);
  const who = have.length === 0 ? 'no node has it' : `on ${have.join(', ')}`;
  return `revision ${head.number} (${short(head.digest)}) by ${head.author}, ${ago(at - head.at)} ago, ${who}`;
}

function nodeLines(
  { name, present, digest, trouble }: SharedNodeStatus,
  head: StoreStatus['head'],
  changing: boolean,
  colors: Colors,
): string[] {
  const bad = colors.red(name);
  if (!present) return [`${bad}: its controller is not there`];
  if (trouble !== undefined) return [`${bad}: ${trouble}`];
  // In the middle of a change, some nodes are ahead.
  if (changing || head === undefined || digest === head.digest) return [];
  return [`${bad} serves ${digest === undefined ? 'nothing' : short(digest)}, and is about to follow`];
}

function verdictWords(verdict: SharedNodeStatus['verdict']): string {
  switch (verdict) {
    case undefined:
      return 'has not looked at it yet';
    case 'ready':
      return 'would take it';
    case 'making':
      return 'makes it';
    case 'has':
      return 'has it';
    case 'against':
      return 'is against it';
  }
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
