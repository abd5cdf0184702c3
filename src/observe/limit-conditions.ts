import type { OverLimit } from '../dataplane/port.ts';
import type { FrontendIr, HaproxyIr } from '../ir/haproxy.ts';
import { clientTable, sourceTable } from '../ir/limit-names.ts';

/** A limit that the running HAProxy counts. */
interface CountedLimit {
  readonly table: string;
  readonly limit: 'perSource' | 'perClient';
  readonly noun: string;
  readonly mode: 'report' | 'enforce';
}

/** By table; absent: HAProxy could not be asked. */
export type OverLimits = ReadonlyMap<string, OverLimit>;

/** The tables that know who was over a limit. */
export function limitTables({ frontends }: HaproxyIr): string[] {
  return frontends.flatMap(limitsOf).map(({ table }) => table);
}

/** What the limits of a frontend refused or would have refused, in whole sentences. Says how many, never who. */
export function limitConditions(frontend: FrontendIr, over: OverLimits): string[] {
  return limitsOf(frontend).flatMap(({ table, limit, noun, mode }) => {
    const { requests, clients } = over.get(table) ?? { requests: 0, clients: 0 };
    if (requests === 0) return [];
    const what = `${counted(requests, 'request')} of ${counted(clients, noun)} in the last minute`;
    return mode === 'enforce'
      ? [`The limit ${limit} refused ${what}.`]
      : [`The limit ${limit} would have refused ${what}; it only reports.`];
  });
}

function limitsOf({ name: frontend, behaviour }: FrontendIr): CountedLimit[] {
  if (behaviour.kind !== 'serve') return [];
  const { perSource, perClient } = behaviour.limits;
  const found: CountedLimit[] = [];
  if (perSource !== undefined) {
    const table = sourceTable(frontend);
    found.push({ table, limit: 'perSource', noun: 'source', mode: perSource.mode });
  }
  if (perClient !== undefined) {
    const table = clientTable(frontend);
    found.push({ table, limit: 'perClient', noun: 'client', mode: perClient.mode });
  }
  return found;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
