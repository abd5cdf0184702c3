import type { Difference } from './differences.ts';
import { differences } from './differences.ts';
import type { Draft } from './draft.ts';
import type { ByHand } from './field-class.ts';
import { globalFields } from './field-classes.ts';
import { planOthers } from './plan-others.ts';
import type { Scene } from './scene.ts';
import { changed } from './words.ts';

export function planGlobal(draft: Draft, scene: Scene): void {
  const [before, after] = [scene.current.global, scene.desired.global];
  const { byHand, others } = differences(globalFields, before, after);
  planOthers(draft, scene, 'HAProxy', undefined, others);
  const plans: Record<ByHand<typeof globalFields>, (difference: Difference) => void> = {
    maxConnections: (difference) => planLimit(draft, scene, difference),
  };
  for (const field of byHand) {
    plans[field]({ felt: globalFields[field], before: before[field], after: after[field] });
  }
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
