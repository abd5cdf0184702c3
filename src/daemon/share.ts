import type { Changes } from '../reconcile/changes.ts';
import type { Serving } from '../reconcile/serving.ts';
import { SharedChanges } from '../reconcile/shared/shared-changes.ts';
import { SharedIntentRoad } from '../reconcile/shared/shared-intents.ts';
import { SharedRoad } from '../reconcile/shared/shared-road.ts';
import type { Wishes } from '../reconcile/wishes.ts';
import type { SharedStore } from '../store/shared/shared-store.ts';

/** How often a node looks at what is shared, in milliseconds. */
const rhythm = 500;

/** This node's part in what the nodes of its pair share. */
export interface Sharing {
  readonly road: SharedRoad;
  readonly changes: SharedChanges;
  /** Takes part from now on. */
  begin(): void;
  /** Rejects with a bug; never resolves. */
  readonly failed: Promise<never>;
  /** Takes part no longer. Resolves when nothing of it is under way any more. */
  end(): Promise<void>;
}

export function share(
  shared: SharedStore,
  node: string,
  parts: { readonly serving: Serving; readonly changes: Changes; readonly wishes: Wishes },
  onNote: (note: string) => void,
): Sharing {
  const { serving, changes, wishes } = parts;
  const { clock } = serving.parts;
  const intents = new SharedIntentRoad(shared, serving, wishes);
  const road = new SharedRoad({ shared, node, serving, changes, intents, onNote });
  const failure = Promise.withResolvers<never>();
  // Whoever waits for it hears of it; nobody does before the controller is through with its start.
  failure.promise.catch(() => undefined);
  let taking: Promise<void> | undefined;
  let ended = false;
  const takePart = async () => {
    while (!ended) {
      await road.look();
      await clock.sleep(rhythm);
    }
  };
  return {
    road,
    changes: new SharedChanges(road, serving, node),
    begin: () => {
      taking = takePart().catch(failure.reject);
    },
    failed: failure.promise,
    end: async () => {
      ended = true;
      await road.end();
      await taking;
    },
  };
}
