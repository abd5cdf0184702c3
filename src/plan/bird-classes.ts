import type { BgpSessionIr, BirdIr } from '../ir/bird.ts';
import type { Felt, Table } from './field-class.ts';

/** What each field of what BIRD is told needs when it changes, as the tables of HAProxy's fields do. */

const key = { impact: 'key', why: 'it names the thing' } as const;
const origin = { impact: 'none', why: 'it only leads back to the declaration' } as const;

/** BIRD reads all of its file again, and touches only the sessions and addresses that differ. */
function reread(name: string, unit?: 'ms'): Felt<'runtime'> {
  const why = 'BIRD reads its file again while it runs';
  return { impact: 'runtime', name, why, ...(unit === undefined ? {} : { unit }) };
}

export const sessionFields = {
  name: key,
  origin,
  router: reread('address of the router'),
  routerAs: reread('number of the router'),
  source: reread('own address'),
} satisfies Table<BgpSessionIr>;

export const birdFields = {
  routerId: reread('router id'),
  localAs: reread('own number'),
  ipv4: reread('IPv4 addresses'),
  ipv6: reread('IPv6 addresses'),
  sessions: { each: sessionFields },
  bfdInterval: reread('time between packets of BFD', 'ms'),
  interface: reread('interface'),
  healthFile: reread('file of the watchdog'),
  withdrawalFile: reread('file of the withdrawal'),
} satisfies Table<BirdIr>;
