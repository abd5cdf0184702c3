import type { Finding } from '../../kernel/diagnostic.ts';
import type { Ha } from '../../model/ha.ts';
import type { Draft } from '../draft.ts';
import { groupsPath, nodesPath, settledGroups } from '../pair.ts';
import { nearest } from '../shape.ts';

/**
 * Each further node has one point of priority less, and one that has lost its gateway 50: more nodes than that, and it
 * would not yield to all of them.
 */
const mostNodes = 50;
const highestRouterId = 255;

/** There are nodes that can stand in for each other, and groups that they can tell apart. */
export function* pair(draft: Draft): Generator<Finding> {
  const ha = draft.ha?.value;
  if (ha === undefined) return;
  yield* howMany(ha);
  yield* references(ha);
  yield* routerIds(ha, draft);
}

function* howMany({ nodes }: Ha): Generator<Finding> {
  const count = Object.keys(nodes).length;
  if (count < 2) {
    yield {
      code: 'single-node',
      severity: 'error',
      path: nodesPath,
      what: count === 0 ? 'the pair has no node' : 'the pair has one node only',
      why: 'nobody could take its addresses',
      mend: 'add a second node, or remove `ha`',
    };
  }
  if (count > mostNodes) {
    yield {
      code: 'invalid-value',
      severity: 'error',
      path: nodesPath,
      what: `there are ${count} nodes, the limit is ${mostNodes}`,
      mend: 'make several pairs of them',
    };
  }
}

function* references({ nodes, groups = {} }: Ha): Generator<Finding> {
  const names = Object.keys(nodes);
  for (const [name, { preferred }] of Object.entries(groups)) {
    if (preferred === undefined || names.includes(preferred)) continue;
    const likely = nearest(preferred, names);
    yield {
      code: 'dangling-reference',
      severity: 'error',
      path: [...groupsPath, name, 'preferred'],
      what: `"${preferred}" is not declared in \`ha.nodes\``,
      mend:
        likely === undefined ? `use one of ${names.slice(0, 10).join(', ')}` : `did you mean "${likely}"?`,
    };
  }
}

function* routerIds(ha: Ha, draft: Draft): Generator<Finding> {
  const groups = settledGroups(ha, draft);
  const choosers = Object.entries(ha.groups ?? {}).filter(([, group]) => group.virtualRouterId !== undefined);
  const chosen = new Set(choosers.map(([name]) => name));
  // What was written is what can be changed, so it is reported when it meets a default.
  const written = groups.filter(({ name }) => chosen.has(name));
  const preset = groups.filter(({ name }) => !chosen.has(name));
  const owners = new Map<number, string>();
  for (const { name, path, virtualRouterId } of [...preset, ...written]) {
    const other = owners.get(virtualRouterId);
    owners.set(virtualRouterId, other ?? name);
    if (virtualRouterId > highestRouterId) {
      yield {
        code: 'invalid-value',
        severity: 'error',
        path,
        what: `no virtual router id is left for the group "${name}"`,
        mend: 'give it one with `virtualRouterId`, or make fewer groups',
      };
    } else if (other !== undefined) {
      yield {
        code: 'duplicate-router-id',
        severity: 'error',
        path: [...path, 'virtualRouterId'],
        what: `the group "${other}" has the virtual router id ${virtualRouterId} as well`,
        why: 'the nodes could not tell the groups apart',
        mend: 'write another number from 1 to 255',
      };
    }
  }
}
