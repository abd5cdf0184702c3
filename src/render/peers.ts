import type { FrontendIr, GlobalIr, HaproxyIr } from '../ir/haproxy.ts';
import type { Emitter } from './emitter.ts';
import { absolutePath, name } from './quote.ts';

/** The section that stick tables refer to. */
export const peers = 'aorta.peers';

/** The name that old and new workers know each other by. */
export const localPeer = 'aorta';

/** Only tables need peers. */
export function needsPeers({ frontends, backends }: HaproxyIr): boolean {
  const sticks = backends.some(({ persistence }) => persistence.kind === 'source-address');
  return sticks || frontends.some(sharesTables);
}

/** Whether what clients asked for outlives a worker. */
function sharesTables({ behaviour }: FrontendIr): boolean {
  if (behaviour.kind !== 'serve') return false;
  return behaviour.limits.perSource !== undefined || behaviour.limits.perClient !== undefined;
}

/** Over this an old worker teaches its tables to the new one: without it they would be lost by a reload. */
export function renderPeers(out: Emitter, { runtime, account }: GlobalIr): void {
  out.section(undefined, 'peers', peers);
  out.remark('Old and new worker meet here at a reload; not reachable from the network.');
  // The old worker has given up the rights of the master by then.
  const owner = account === undefined ? [] : ['user', name(account.user), 'group', name(account.group)];
  out.line(undefined, 'bind', `unix@${absolutePath(runtime.peersSocket)}`, 'mode', '600', ...owner);
  out.line(undefined, 'server', localPeer);
}
