import type { PeerIr } from '../ir/haproxy.ts';
import { type Differences, differences, matched } from './differences.ts';
import type { Draft } from './draft.ts';
import { peerFields, sharingWhy } from './field-classes.ts';
import { planOthers } from './plan-others.ts';
import type { Scene } from './scene.ts';

/** With which other nodes tables are shared, one by one. Whether they are at all is a matter of the whole HAProxy. */
export function planPeers(draft: Draft, scene: Scene): void {
  const [before, after] = [scene.current.global.peers, scene.desired.global.peers];
  if (before === undefined || after === undefined) return;
  const { added, removed, kept } = matched(before.others, after.others, ({ name }) => name);
  const step = ({ name }: PeerIr, verb: string): void => {
    const what = `tables are ${verb} shared with ${name}`;
    draft.step({ impact: 'reload', what, why: sharingWhy, effect: scene.reload });
  };
  for (const peer of added) step(peer, 'from now on');
  for (const peer of removed) step(peer, 'no longer');
  for (const [old, now] of kept) {
    const { others }: Differences<never> = differences(peerFields, old, now);
    planOthers(draft, scene, now.name, undefined, others);
  }
}
