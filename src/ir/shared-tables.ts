import type { FrontendIr, HaproxyIr } from './haproxy.ts';

/** Whether there are tables that outlive a worker: then an old worker hands them to the next, and nodes to each other. */
export function hasSharedTables({ frontends, backends }: Pick<HaproxyIr, 'frontends' | 'backends'>): boolean {
  const sticks = backends.some(({ persistence }) => persistence.kind === 'source-address');
  return sticks || frontends.some(countsClients);
}

/** Whether what clients asked for is counted beyond their connections. */
function countsClients({ behaviour }: FrontendIr): boolean {
  if (behaviour.kind !== 'serve') return false;
  return behaviour.limits.perSource !== undefined || behaviour.limits.perClient !== undefined;
}
