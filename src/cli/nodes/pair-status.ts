import type { CliContext } from '../context.ts';
import type { Look } from '../status-look.ts';
import { statesOf, statusTable } from '../status-table.ts';
import { look, type SeenNode } from './look.ts';
import { failureAsJson } from './node-words.ts';
import { pairTable } from './pair-table.ts';
import { certificatesDigest, isGrave, pairView } from './pair-view.ts';
import type { RemoteNode } from './remote-node.ts';

/** One look at several nodes: side by side, then each by itself. */
export async function lookAtPair(nodes: readonly RemoteNode[], context: CliContext): Promise<Look> {
  const seen = await look(nodes, context);
  const view = pairView(seen);
  const { colors } = context;
  const tables = seen.map((one) =>
    one.kind === 'silent' ? '' : `\n${colors.bold(one.name)}: ${statusTable(one.status, colors)}`,
  );
  return {
    json: { nodes: seen.map(asJson), moves: view.moves, findings: view.findings },
    table: pairTable(view, colors, context.now()) + tables.join(''),
    states: JSON.stringify([view.findings, seen.map(states)]),
    code: view.findings.some(isGrave) || seen.some(isDown) ? 1 : 0,
  };
}

function states(seen: SeenNode): string {
  return seen.kind === 'silent' ? seen.failure.code : statesOf(seen.status);
}

function isDown(seen: SeenNode): boolean {
  return seen.kind === 'answered' && seen.status.services.some(({ state }) => state === 'down');
}

function asJson(seen: SeenNode): object {
  if (seen.kind === 'silent') return { node: seen.name, error: failureAsJson(seen.failure) };
  const { name, status, skew } = seen;
  return { node: name, skew, certificates: certificatesDigest(status.certificates), status };
}
