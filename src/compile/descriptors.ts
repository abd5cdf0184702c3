import type { HaproxyIr } from '../ir/haproxy.ts';

/** What libraries, logs, pollers and threads need besides connections. */
const reserve = 1_000;

/** The runtime API, the identity socket and the socket between master and worker. */
const ownListeners = 3;

/**
 * File descriptors that one worker needs: two for each connection (client and server), one for each
 * listener, one for each checked server, and a reserve. HAProxy does not start with fewer, and
 * `haproxy -c` does not notice (measured: 20,000 checked servers with a limit of 20,000).
 */
export function descriptorsNeeded(ir: HaproxyIr): number {
  const listeners = ir.frontends.reduce((sum, frontend) => sum + frontend.binds.length, ownListeners);
  const servers = ir.backends.reduce((sum, backend) => sum + backend.servers.length, 0);
  return 2 * ir.global.maxConnections + listeners + servers + reserve;
}
