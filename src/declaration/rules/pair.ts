import type { Finding } from '../../kernel/diagnostic.ts';
import type { Ha } from '../../model/ha.ts';
import { mostNodes } from '../../model/succession.ts';
import type { Draft } from '../draft.ts';
import { groupsPath, nodesPath, settledGroups } from '../pair.ts';
import { nearest } from '../shape.ts';

const highestRouterId = 255;

/** There are nodes that can stand in for each other, and groups that they can tell apart. */
export function* pair(draft: Draft): Generator<Finding> {
  const ha = draft.ha?.value;
  if (ha === undefined) return;
  yield* howMany(ha);
  yield* references(ha);
  yield* idle(ha);
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

/** Several groups are there so that several nodes work; with one `preferred` for all of them, one does. */
function* idle({ groups = {} }: Ha): Generator<Finding> {
  const [first, ...others] = Object.entries(groups);
  const preferred = first?.[1].preferred;
  if (preferred === undefined || others.length === 0) return;
  if (others.some(([, group]) => group.preferred !== preferred)) return;
  yield {
    code: 'groups-on-one-node',
    severity: 'warning',
    path: groupsPath,
    what: `every group of addresses prefers "${preferred}"`,
    why: 'the other nodes have nothing to do as long as it is well',
    mend: 'give one of them another `preferred`, or make one group of them',
  };
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
