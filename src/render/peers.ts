import type { BackendIr, GlobalIr } from '../ir/haproxy.ts';
import type { Emitter } from './emitter.ts';
import { absolutePath, name } from './quote.ts';

/** The section that stick tables refer to. */
export const peers = 'aorta.peers';

/** The name that old and new workers know each other by. */
export const localPeer = 'aorta';

/** Only tables need peers. */
export function needsPeers(backends: readonly BackendIr[]): boolean {
  return backends.some(({ persistence }) => persistence.kind === 'source-address');
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
