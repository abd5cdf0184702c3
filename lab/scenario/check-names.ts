import { NODES } from '../pair/addresses.ts';
import { loadTopology } from '../topology.ts';
import { ScenarioError } from './scenario-error.ts';
import type { Action, Scenario } from './schema.ts';

/** Names that the place of a scenario does not have, and actions that cannot be done there. @throws ScenarioError */
export async function checkNames(scenario: Scenario, topologyName: string): Promise<void> {
  const topology = await loadTopology(topologyName);
  const servers = Object.entries(topology.machines).flatMap(([machine, { services }]) =>
    services.map(({ role }, index) => (index === 0 ? machine : `${machine}.${role}`)),
  );
  const nodes: readonly string[] = scenario.pair === undefined ? [] : NODES.slice(0, scenario.pair.nodes);
  const known = new Set([...nodes, ...servers]);
  const store = (scenario.pair?.store ?? 0) > 0;
  const unknown = [...new Set(namesIn(scenario))].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    const place = scenario.pair === undefined ? '' : ', with a pair,';
    throw new ScenarioError(
      `the topology ${topologyName}${place} has no ${unknown.join(', ')}; there are ${[...known].join(', ')}`,
    );
  }
  const wrong = scenario.timeline.flatMap((action) => wrongIn(action, nodes, store) ?? []);
  if (scenario.pair !== undefined && scenario.expect.dnsQueries !== undefined)
    wrong.push('`dnsQueries` are not counted with a pair');
  if (scenario.pair === undefined && expectsPair(scenario))
    wrong.push('`takeovers`, `moves` and `heldBy` are about a pair: write `pair: {}`');
  if (wrong.length > 0) throw new ScenarioError(wrong.join('\n'));
}

function namesIn({ timeline, before, expect, pair }: Scenario): string[] {
  return [
    ...[...timeline, ...before].flatMap((one) => ('on' in one ? one.on : [])),
    ...expect.answered.flatMap(({ only = [], by = [], atMost = {} }) => [
      ...only,
      ...by,
      ...Object.keys(atMost),
    ]),
    ...[...expect.servers, ...expect.never.servers].map(({ server }) => server),
    ...(pair === undefined ? [] : expect.takeovers.map(({ by }) => by)),
    ...(pair === undefined ? [] : expect.heldBy.flatMap(({ by }) => (by === 'one' ? [] : by))),
  ];
}

function expectsPair({ expect: { takeovers, moves, heldBy } }: Scenario): boolean {
  return takeovers.length > 0 || moves !== undefined || heldBy.length > 0;
}

/** @param nodes none where there is no pair @returns why the action cannot be done; undefined when it can */
function wrongIn(action: Action, nodes: readonly string[], store: boolean): string | undefined {
  const pair = nodes.length > 0;
  const on = 'on' in action ? action.on : [];
  const onNodes = on.filter((name) => nodes.includes(name));
  const allNodes = pair && onNodes.length === on.length;
  switch (action.do) {
    case 'kill':
      if (onNodes.length > 0 && action.program === undefined)
        return '`kill` of a node needs a `program`; for all of it there is `power-cut`';
      if (action.program === undefined && action.signal !== 'SIGKILL')
        return 'a server is killed with SIGKILL; another `signal` is for a `program` of a node';
      return wrongProgram(action, allNodes);
    case 'freeze':
    case 'thaw':
      return wrongProgram(action, allNodes);
    case 'cut':
      if (pair || (action.cable === undefined && !action.silently)) return undefined;
      return '`cable` and `silently` need a `pair`: without one every cut is silent';
    case 'power-cut':
    case 'power-on':
    case 'split':
    case 'join':
    case 'up':
      return allNodes ? undefined : `\`${action.do}\` is for nodes of a pair, not for ${on.join(', ')}`;
    case 'aorta':
      if (pair && on.length === 0) return '`aorta` needs `on`: the nodes on which it is run';
      return allNodes || on.length === 0 ? undefined : `\`aorta\` runs on nodes, not on ${on.join(', ')}`;
    case 'restart':
    case 'fault':
    case 'heal':
    case 'roll':
      return onNodes.length === 0
        ? undefined
        : `\`${action.do}\` is for servers, not for ${onNodes.join(', ')}`;
    case 'failover':
    case 'rehearse':
    case 'status':
      return pair ? undefined : `\`${action.do}\` needs a \`pair\``;
    case 'stop-store':
    case 'start-store':
      return store ? undefined : `\`${action.do}\` needs a \`pair\` with a \`store\``;
    case 'lose-dns':
      return pair ? `\`${action.do}\` cannot be done with a pair` : undefined;
    case 'apply':
      if (!pair && action.refused !== undefined) return '`refused` needs a `pair`';
      return allNodes || on.length === 0 ? undefined : `\`apply\` asks nodes, not ${on.join(', ')}`;
    case 'mend':
    case 'load':
    case 'connect':
      return undefined;
    default:
      return action satisfies never;
  }
}

function wrongProgram(
  { do: what, program }: { readonly do: string; readonly program?: string | undefined },
  allNodes: boolean,
): string | undefined {
  return program === undefined || allNodes
    ? undefined
    : `\`${what}\` of a \`program\` is for nodes of a pair`;
}
