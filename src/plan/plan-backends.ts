import type { BackendIr } from '../ir/haproxy.ts';
import { type Differences, differences, matched } from './differences.ts';
import type { Draft } from './draft.ts';
import type { Lists } from './field-class.ts';
import { backendFields } from './field-classes.ts';
import { planOthers } from './plan-others.ts';
import { planServers } from './plan-servers.ts';
import type { Scene } from './scene.ts';
import { counted, poolName } from './words.ts';

const why = 'a pool is read only when a process starts';

export function planBackends(draft: Draft, scene: Scene): void {
  const { added, removed, kept } = matched(
    scene.current.backends,
    scene.desired.backends,
    ({ name }) => name,
  );
  const step = ({ name, origin: path, servers }: BackendIr, verb: string): void => {
    const what = `pool ${poolName(name)} with ${counted(servers.length, 'server')} is ${verb}`;
    draft.step({ impact: 'reload', path, what, why, effect: scene.reload });
  };
  for (const backend of added) step(backend, 'added');
  for (const backend of removed) step(backend, 'removed');
  for (const [before, after] of kept) planKept(draft, scene, before, after);
}

function planKept(draft: Draft, scene: Scene, before: BackendIr, after: BackendIr): void {
  // Nothing of a pool itself can be told to a running HAProxy; a field that could would not compile here.
  const { others }: Differences<never> = differences(backendFields, before, after);
  planOthers(draft, scene, poolName(after.name), after.origin, others);
  const lists: Record<Lists<typeof backendFields>, () => void> = {
    servers: () => planServers(draft, scene, before, after),
  };
  for (const planList of Object.values(lists)) planList();
}
