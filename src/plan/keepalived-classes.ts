import type { KeepalivedIr, VrrpInstanceIr } from '../ir/keepalived.ts';
import type { Felt, Table } from './field-class.ts';

/** What each field of what keepalived is told needs when it changes, as the tables of HAProxy's fields do. */

const key = { impact: 'key', why: 'it names the thing' } as const;
const origin = { impact: 'none', why: 'it only leads back to the declaration' } as const;

/** keepalived reads all of its file again, and keeps what has not changed. */
function reread(name: string, unit?: 'ms'): Felt<'runtime'> {
  const why = 'keepalived reads its file again while it runs';
  return { impact: 'runtime', name, why, ...(unit === undefined ? {} : { unit }) };
}

export const instanceFields = {
  name: key,
  origin,
  virtualRouterId: reread('virtual router id'),
  interface: reread('interface'),
  serverInterface: reread('interface to the servers'),
  priority: reread('priority'),
  groupFile: reread('file of what was decided about it'),
  preempt: reread('taking the addresses back'),
  advertInterval: reread('time between adverts', 'ms'),
  source: reread('own address'),
  peers: reread('other nodes'),
  anchor: reread('anchor address'),
  excluded: reread('further addresses'),
} satisfies Table<VrrpInstanceIr>;

export const keepalivedFields = {
  routerId: reread('name of the node'),
  instances: { each: instanceFields },
  healthFile: reread('file of the watchdog'),
  trackedProcess: reread('process that is watched'),
  gateway: reread('gateway'),
} satisfies Table<KeepalivedIr>;
