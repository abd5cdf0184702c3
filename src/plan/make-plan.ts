import type { HaproxyIr } from '../ir/haproxy.ts';
import type { NodeIr } from '../ir/node.ts';
import { Draft } from './draft.ts';
import type { Plan } from './plan.ts';
import { planBackends } from './plan-backends.ts';
import { planBird } from './plan-bird.ts';
import { planFiles } from './plan-files.ts';
import { planFrontends } from './plan-frontends.ts';
import { planGlobal } from './plan-global.ts';
import { planKeepalived } from './plan-keepalived.ts';
import { planWatches } from './plan-watches.ts';
import { type EngineAbilities, type Observed, type Scene, sceneOf } from './scene.ts';
import { counted, place, shortened } from './words.ts';

/** What a node of several is told besides HAProxy. */
export interface NodeChange {
  /** Absent: nothing is in service. */
  readonly before?: NodeIr | undefined;
  readonly after?: NodeIr | undefined;
}

/**
 * Compares what is in service with what is wanted and says what the change needs. The same input gives the
 * same plan; origins in the declaration make no difference.
 * @param current absent when nothing is in service
 * @param observed only for the sentences about what connections feel
 */
export function plan(
  current: HaproxyIr | undefined,
  desired: HaproxyIr,
  observed: Observed,
  abilities: EngineAbilities,
  { before, after }: NodeChange = {},
): Plan {
  const draft = new Draft();
  if (current === undefined) planStart(draft, desired);
  else {
    const scene = sceneOf(current, desired, observed, abilities);
    const plans: Record<keyof HaproxyIr, (draft: Draft, scene: Scene) => void> = {
      global: planGlobal,
      frontends: planFrontends,
      backends: planBackends,
      watches: planWatches,
      files: planFiles,
    };
    for (const planPart of Object.values(plans)) planPart(draft, scene);
  }
  planKeepalived(draft, { before: before?.keepalived, after: after?.keepalived });
  planBird(draft, { before: before?.bird, after: after?.bird });
  return draft.plan();
}

function planStart(draft: Draft, { frontends, backends }: HaproxyIr): void {
  const places = frontends.flatMap(({ binds }) => binds.map(place));
  const servers = backends.reduce((sum, backend) => sum + backend.servers.length, 0);
  draft.step({
    impact: 'start',
    what: `HAProxy is started with ${counted(frontends.length, 'frontend')} and ${counted(servers, 'server')}`,
    why: 'nothing is in service',
    effect:
      places.length === 0
        ? 'no address is opened'
        : `${shortened(places)} ${places.length === 1 ? 'is' : 'are'} opened`,
  });
}
