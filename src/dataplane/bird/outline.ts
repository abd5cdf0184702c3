import { toAddress } from '../../model/address.ts';

/** What a bird.conf of ours says, read back from the file: the file is what BIRD obeys. */
export interface BirdOutline {
  readonly addresses: readonly string[];
  readonly routers: readonly OutlineRouter[];
}

export interface OutlineRouter {
  /** What BIRD calls the session. */
  readonly session: string;
  readonly address: string;
  readonly as: number;
}

export function readBirdOutline(text: string): BirdOutline {
  const addresses = [...text.matchAll(/^ *route (\S+)\/\d+ blackhole;$/gm)];
  const sessions = [...text.matchAll(/^protocol bgp (\w+) \{\n(?: .*\n)*? +neighbor (\S+) as (\d+);$/gm)];
  return {
    addresses: addresses.flatMap(([, address = '']) => toAddress(address) ?? []),
    routers: sessions.map(([, session = '', address = '', as]) => ({ session, address, as: Number(as) })),
  };
}
