import type { WatchIr } from '../ir/haproxy.ts';
import { type Differences, differences, matched } from './differences.ts';
import type { Draft } from './draft.ts';
import { watchFields } from './field-classes.ts';
import { planOthers } from './plan-others.ts';
import type { Scene } from './scene.ts';
import { place } from './words.ts';

const why = 'what is watched is read only when a process starts';

/** Machines that are watched and get no traffic. */
export function planWatches(draft: Draft, scene: Scene): void {
  const { current, desired, reload: effect } = scene;
  const { added, removed, kept } = matched(current.watches, desired.watches, ({ name }) => name);
  const step = (watch: WatchIr, verb: string): void => {
    const what = `${watch.server} (${place(watch)}) is ${verb} watched`;
    draft.step({ impact: 'reload', path: watch.origin, what, why, effect });
  };
  for (const watch of added) step(watch, 'from now on');
  for (const watch of removed) step(watch, 'no longer');
  for (const [before, after] of kept) {
    const { others }: Differences<never> = differences(watchFields, before, after);
    planOthers(draft, scene, `the watch of ${after.server} port ${after.port}`, after.origin, others);
  }
}
