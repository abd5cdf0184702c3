import { readFileSync } from 'node:fs';
import type { RuntimePaths } from '../dataplane/runtime-paths.ts';
import type { NodeFacts } from '../model/node.ts';

/** The account that Debian's package makes for HAProxy. */
const account = { user: 'haproxy', group: 'haproxy' };

/** What this machine adds to a configuration. A privileged controller gives HAProxy's workers an account without rights. */
export function nodeFacts({
  adminSocket,
  identitySocket,
  peersSocket,
  hopSocket,
  serverStateFile,
}: RuntimePaths): NodeFacts {
  const runtime = { adminSocket, identitySocket, peersSocket, hopSocket, serverStateFile };
  return process.getuid?.() === 0 && accountExists() ? { runtime, account } : { runtime };
}

function accountExists(): boolean {
  const has = (file: string, name: string) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${name}:`));
  return has('/etc/passwd', account.user) && has('/etc/group', account.group);
}
