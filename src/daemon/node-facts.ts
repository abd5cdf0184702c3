import { existsSync, readFileSync } from 'node:fs';
import type { NodeFacts, NodeIdentity, RuntimePaths } from '../model/node.ts';

/** The account that Debian's package makes for HAProxy. */
const account = { user: 'haproxy', group: 'haproxy' };

/**
 * What this machine adds to a configuration. A privileged controller gives HAProxy's workers an account without rights.
 * @param node from the node file; absent on a machine that is no node of a pair
 * @param kept what outlives a worker of HAProxy, or a node
 */
export function nodeFacts(
  runtime: RuntimePaths,
  node?: NodeIdentity,
  kept: Pick<NodeFacts, 'sharing' | 'ticketKeysFile'> = {},
): NodeFacts {
  return {
    runtime,
    processEvents: hasProcessEvents(),
    ...(process.getuid?.() === 0 && accountExists() ? { account } : {}),
    ...(node === undefined ? {} : { node }),
    ...kept,
  };
}

function accountExists(): boolean {
  const has = (file: string, name: string) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${name}:`));
  return has('/etc/passwd', account.user) && has('/etc/group', account.group);
}

/** The list of the kernel's connectors, which exists in its first network namespace only. */
function hasProcessEvents(): boolean {
  const connectors = '/proc/net/connector';
  return existsSync(connectors) && /^cn_proc\s/m.test(readFileSync(connectors, 'utf8'));
}
