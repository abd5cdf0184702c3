import type { GlobalIr, HaproxyIr, PeersIr } from '../ir/haproxy.ts';
import { hasSharedTables } from '../ir/shared-tables.ts';
import type { Emitter } from './emitter.ts';
import { absolutePath, address, count, name, relativePath } from './quote.ts';

/** The section that stick tables refer to. */
export const peers = 'aorta.peers';

/** The name that old and new workers know each other by where there is no other node. */
const alone = 'aorta';

/** More than all nodes ever need; who connects and shows no certificate keeps its place for 5 s at most. */
const mostConnections = 200;

/** The name that both workers of this machine have, and no other node; undefined: nothing is handed to anybody. */
export function localPeer(ir: HaproxyIr): string | undefined {
  return hasSharedTables(ir) ? (ir.global.peers?.name ?? alone) : undefined;
}

/** Over this an old worker teaches its tables to the new one: without it they would be lost by a reload. */
export function renderPeers(out: Emitter, global: GlobalIr): void {
  out.section(undefined, 'peers', peers);
  if (global.peers === undefined) renderLocal(out, global);
  else renderNodes(out, global.peers, global.account !== undefined);
}

function renderLocal(out: Emitter, { runtime, account }: GlobalIr): void {
  out.remark('Old and new worker meet here at a reload; not reachable from the network.');
  // The old worker has given up the rights of the master by then.
  const owner = account === undefined ? [] : ['user', name(account.user), 'group', name(account.group)];
  out.line(undefined, 'bind', `unix@${absolutePath(runtime.peersSocket)}`, 'mode', '600', ...owner);
  out.line(undefined, 'server', alone);
}

/**
 * HAProxy takes one listener for a section, so that old and new worker meet where the nodes do.
 * @param privileged it may bind an address that this machine does not have: clients are served although the network
 * between the nodes is gone
 */
function renderNodes(out: Emitter, { name: own, port, others, ...rest }: PeersIr, privileged: boolean): void {
  out.remark('The nodes of the pair hand each other their tables; old and new worker meet here, too.');
  const trust = [
    ...['ssl', 'crt', relativePath(rest.certificateFile), 'ca-file', relativePath(rest.authorityFile)],
    ...['verify', 'required', 'ssl-min-ver', 'TLSv1.3'],
  ];
  const foreign = privileged ? ['transparent'] : [];
  const where = place(rest.address, port);
  out.line(undefined, 'bind', where, ...foreign, 'maxconn', count(mostConnections), ...trust);
  out.line(undefined, 'default-server', ...trust);
  out.line(undefined, 'server', name(own), 'verifyhost', name(own));
  for (const peer of others)
    out.line(undefined, 'server', name(peer.name), place(peer.address, port), 'verifyhost', name(peer.name));
}

function place(where: string, port: number): string {
  return `${where.includes(':') ? `[${address(where)}]` : address(where)}:${count(port)}`;
}
