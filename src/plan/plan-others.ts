import type { Path } from '../kernel/path.ts';
import type { Difference } from './differences.ts';
import type { Draft } from './draft.ts';
import type { Scene } from './scene.ts';
import { changed } from './words.ts';

/** Differences of a thing that need no code of their own: HAProxy has to read them. */
export function planOthers(
  draft: Draft,
  scene: Scene,
  owner: string,
  path: Path | undefined,
  others: readonly Difference[],
): void {
  for (const difference of others) {
    const { impact, why } = difference.felt;
    draft.step({
      impact,
      ...(path === undefined ? {} : { path }),
      what: changed(owner, difference),
      why,
      effect: scene.reload,
    });
  }
}
