import type { Holding, Pair } from './recording.ts';

const ADDRESSES = ['10.77.0.10', 'fd77::11'];

/** Both virtual addresses come to a node, or leave it, the second a little later. */
export function held(at: number, node: string, holds = true): Holding[] {
  return ADDRESSES.map((address, index) => ({ at: at + index * 0.1, node, address, holds }));
}

/** A pair of which lb-a has the addresses before the load begins. */
export function pairWith(...holdings: readonly Holding[]): Pair {
  return {
    nodes: ['lb-a', 'lb-b'],
    addresses: ADDRESSES,
    holdings: [...held(-2_000, 'lb-a'), ...holdings].sort((a, b) => a.at - b.at),
  };
}
