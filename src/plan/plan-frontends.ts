import type { BindIr, FrontendIr } from '../ir/haproxy.ts';
import { type Difference, type Differences, differences, matched } from './differences.ts';
import type { Draft } from './draft.ts';
import type { ByHand, Lists } from './field-class.ts';
import { bindFields, frontendFields } from './field-classes.ts';
import { planOthers } from './plan-others.ts';
import type { Scene } from './scene.ts';
import { changed, place, shortened } from './words.ts';

const sectionWhy = 'a frontend is read only when a process starts';
const openWhy = 'a process binds its addresses when it starts';
const closeWhy = 'an address is given up with the process that holds it';

export function planFrontends(draft: Draft, scene: Scene): void {
  const { added, removed, kept } = matched(
    scene.current.frontends,
    scene.desired.frontends,
    ({ name }) => name,
  );
  for (const frontend of added) planAdded(draft, scene, frontend);
  for (const frontend of removed) planRemoved(draft, scene, frontend);
  for (const [before, after] of kept) planKept(draft, scene, before, after);
}

function planAdded(draft: Draft, scene: Scene, { name, origin: path, binds }: FrontendIr): void {
  const what = `frontend ${name} is added`;
  const opened = binds.filter((bind) => !scene.isBound(bind).before);
  if (opened.length === 0) {
    draft.step({ impact: 'reload', path, what, why: sectionWhy, effect: scene.reload });
  } else {
    draft.step({ impact: 'rebind', path, what, why: openWhy, effect: bindEffect(scene, opened, []) });
  }
}

function planRemoved(draft: Draft, scene: Scene, { name, origin: path, binds }: FrontendIr): void {
  const what = `frontend ${name} is removed`;
  const closed = binds.filter((bind) => !scene.isBound(bind).after);
  if (closed.length === 0) {
    draft.step({ impact: 'reload', path, what, why: sectionWhy, effect: scene.reload });
  } else {
    draft.step({ impact: 'rebind', path, what, why: closeWhy, effect: bindEffect(scene, [], closed) });
  }
}

function planKept(draft: Draft, scene: Scene, before: FrontendIr, after: FrontendIr): void {
  const { byHand, others } = differences(frontendFields, before, after);
  planOthers(draft, scene, after.name, after.origin, others);
  const plans: Record<ByHand<typeof frontendFields>, (difference: Difference) => void> = {
    maxConnections: (difference) => planLimit(draft, before, after, difference),
    maxConnectionsPerSource: (difference) => planSourceShare(draft, after, difference),
  };
  for (const field of byHand) {
    plans[field]({ felt: frontendFields[field], before: before[field], after: after[field] });
  }
  const lists: Record<Lists<typeof frontendFields>, () => void> = {
    binds: () => planBinds(draft, scene, before, after),
  };
  for (const planList of Object.values(lists)) planList();
}

function planLimit(draft: Draft, before: FrontendIr, after: FrontendIr, difference: Difference): void {
  const { name: frontend, origin: path, maxConnections } = after;
  const lower = maxConnections < before.maxConnections;
  draft.step({
    impact: 'runtime',
    path,
    what: changed(frontend, difference),
    why: difference.felt.why,
    effect: lower
      ? 'connections of now stay; above the limit new ones wait until there is room'
      : 'more connections are taken at a time',
  });
  // The limit of the process is lowered in between, so that it is never below what its frontends may take.
  draft.operation(lower ? 'lower-frontend' : 'raise-frontend', {
    kind: 'set-frontend-connections',
    frontend,
    maxConnections,
  });
}

function planSourceShare(draft: Draft, after: FrontendIr, difference: Difference): void {
  const { name: frontend, origin: path, maxConnectionsPerSource } = after;
  draft.step({
    impact: 'runtime',
    path,
    what: changed(frontend, difference),
    why: difference.felt.why,
    effect: 'connections of now stay; a source that has as many gets no new one',
  });
  draft.operation('bring-in', {
    kind: 'set-source-share',
    frontend,
    maxConnections: maxConnectionsPerSource,
  });
}

function planBinds(draft: Draft, scene: Scene, before: FrontendIr, after: FrontendIr): void {
  const { added, removed, kept } = matched(before.binds, after.binds, ({ name }) => name);
  const step = (bind: BindIr, what: string, why: string, opened: BindIr[], closed: BindIr[]): void => {
    const path = bind.origin;
    if (opened.length + closed.length === 0) {
      // Another frontend had it, or gets it: the socket itself is handed on.
      draft.step({ impact: 'reload', path, what, why: sectionWhy, effect: scene.reload });
    } else {
      draft.step({ impact: 'rebind', path, what, why, effect: bindEffect(scene, opened, closed) });
    }
  };
  for (const bind of added) {
    const opened = scene.isBound(bind).before ? [] : [bind];
    step(bind, `${after.name} serves ${place(bind)}`, openWhy, opened, []);
  }
  for (const bind of removed) {
    const closed = scene.isBound(bind).after ? [] : [bind];
    step(bind, `${after.name} no longer serves ${place(bind)}`, closeWhy, [], closed);
  }
  for (const [old, bind] of kept) {
    // Address and port are one thing to say; another field of their class would not compile here.
    const { byHand, others }: Differences<'address' | 'port'> = differences(bindFields, old, bind);
    planOthers(draft, scene, place(bind), bind.origin, others);
    const [field] = byHand;
    if (field === undefined) continue;
    const opened = scene.isBound(bind).before ? [] : [bind];
    const closed = scene.isBound(old).after ? [] : [old];
    const what = `${after.name} serves ${place(bind)} instead of ${place(old)}`;
    step(bind, what, bindFields[field].why, opened, closed);
  }
}

function bindEffect(scene: Scene, opened: readonly BindIr[], closed: readonly BindIr[]): string {
  const parts = [
    ...(opened.length === 0 ? [] : [`${placesOf(opened)} opened`]),
    ...(closed.length === 0 ? [] : [`${placesOf(closed)} closed: nobody can connect there any more`]),
  ];
  if ([...opened, ...closed].some((bind) => scene.isDisturbed(bind))) {
    parts.push(
      'connections may be refused for a moment, because one address and all addresses of a port exclude each other',
    );
  }
  return [...parts, scene.reload].join('; ');
}

function placesOf(binds: readonly BindIr[]): string {
  return `${shortened(binds.map(place))} ${binds.length === 1 ? 'is' : 'are'}`;
}
