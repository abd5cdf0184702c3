import { readBirdOutline } from './bird/outline.ts';
import { type OutlineInstance, readKeepalivedOutline, virtualAddresses } from './keepalived/outline.ts';
import type { WatchedGroup } from './moves/watched-groups.ts';

/** What a generation has for whoever carries the addresses; both absent: nobody does. */
export interface Told {
  readonly keepalived?: string;
  readonly bird?: string;
}

export function isNothing({ keepalived, bird }: Told): boolean {
  return keepalived === undefined && bird === undefined;
}

export function instancesOf({ keepalived = '' }: Told): readonly OutlineInstance[] {
  return readKeepalivedOutline(keepalived).instances;
}

export function wantedBy({ keepalived = '', bird = '' }: Told): { readonly address: string }[] {
  const announced = readBirdOutline(bird).addresses.map((address) => ({ address }));
  return [...virtualAddresses(readKeepalivedOutline(keepalived)), ...announced];
}

export function watchedGroup({ name, addresses: [anchor] }: OutlineInstance): WatchedGroup[] {
  return anchor === undefined ? [] : [{ name, interface: anchor.interface, anchor: anchor.address }];
}
