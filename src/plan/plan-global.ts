import { hop } from '../ir/hop.ts';
import type { Difference } from './differences.ts';
import { differences } from './differences.ts';
import type { Draft } from './draft.ts';
import type { ByHand } from './field-class.ts';
import { globalFields } from './field-classes.ts';
import { planOthers } from './plan-others.ts';
import { planPeers } from './plan-peers.ts';
import type { Scene } from './scene.ts';
import { changed } from './words.ts';

export function planGlobal(draft: Draft, scene: Scene): void {
  const [before, after] = [scene.current.global, scene.desired.global];
  const { byHand, others } = differences(globalFields, before, after);
  planOthers(draft, scene, 'HAProxy', undefined, others);
  planPeers(draft, scene);
  const plans: Record<ByHand<typeof globalFields>, (difference: Difference) => void> = {
    maxConnections: (difference) => planLimit(draft, scene, difference),
    hopConnections: (difference) => planHop(draft, scene, difference),
  };
  for (const field of byHand) {
    plans[field]({ felt: globalFields[field], before: before[field], after: after[field] });
  }
}

/** It follows from the limits of the services, which stand in the plan by themselves. */
function planHop(draft: Draft, scene: Scene, difference: Difference): void {
  const { hopConnections } = scene.desired.global;
  const lower = hopConnections < scene.current.global.hopConnections;
  draft.step({
    impact: 'runtime',
    what: changed('HAProxy', difference),
    why: difference.felt.why,
    effect: 'writes of now stay; above the limit new ones wait until there is room',
  });
  draft.operation(lower ? 'lower-frontend' : 'raise-frontend', {
    kind: 'set-frontend-connections',
    frontend: hop,
    maxConnections: hopConnections,
  });
}

/** HAProxy reserves descriptors and memory for the limit that it starts with, so only less is possible later. */
function planLimit(draft: Draft, scene: Scene, difference: Difference): void {
  const { maxConnections } = scene.desired.global;
  const what = changed('HAProxy', difference);
  if (maxConnections > scene.current.global.maxConnections) {
    const why = 'HAProxy reserves what its connections need when it starts';
    draft.step({ impact: 'reload', what, why, effect: scene.reload });
    return;
  }
  const effect = 'connections of now stay, whatever the new limit is';
  draft.step({ impact: 'runtime', what, why: difference.felt.why, effect });
  draft.operation('lower-process', { kind: 'set-process-connections', maxConnections });
}
