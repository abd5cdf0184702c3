import type { BackendIr, FrontendIr, HaproxyIr } from '../ir/haproxy.ts';
import { hasSharedTables } from '../ir/shared-tables.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { byCodeUnits } from '../kernel/order.ts';
import { remembered } from '../kernel/remembered.ts';
import type { Configuration, ConfiguredService } from '../model/configuration.ts';
import type { Intent } from '../model/intent.ts';
import type { NodeFacts } from '../model/node.ts';
import { compileBackend } from './backends.ts';
import { compileFiles } from './files.ts';
import { compileFrontends } from './frontends.ts';
import { hardStopAfter, hopBody, hopConnections, processConnections } from './limits.ts';
import { compilePeers } from './peers.ts';
import { compileWatches } from './watches.ts';

/** Most changes, and every intent, leave most services as they were; these are then the very same objects. */
const frontendsOf = new Map<string | undefined, (service: ConfiguredService) => readonly FrontendIr[]>();

/** @param ticketKeysFile of the machine; one process knows of one, or of none */
function frontendsWith(
  ticketKeysFile: string | undefined,
): (service: ConfiguredService) => readonly FrontendIr[] {
  const known = frontendsOf.get(ticketKeysFile);
  if (known !== undefined) return known;
  const made = remembered((service: ConfiguredService) =>
    deepFreeze(compileFrontends(service, ticketKeysFile)),
  );
  frontendsOf.set(ticketKeysFile, made);
  return made;
}

/**
 * Turns the desired state into what haproxy.cfg will say on one machine. Pure and total: a configuration
 * that was validated always compiles; anything else is a Bug.
 * @param intents what operators want of servers beyond the declaration
 */
export function compile(
  configuration: Configuration,
  node: NodeFacts,
  intents: readonly Intent[] = [],
): HaproxyIr {
  const { runtime } = node;
  const frontends: FrontendIr[] = configuration.virtualServices.flatMap(frontendsWith(node.ticketKeysFile));
  const backends: BackendIr[] = configuration.virtualServices.map((service) =>
    compileBackend(service, intents),
  );
  const peers = hasSharedTables({ frontends, backends }) ? compilePeers(configuration, node) : undefined;
  const files = [...compileFiles(configuration, backends), ...(peers?.files ?? [])];
  return deepFreeze({
    global: {
      maxConnections: processConnections(frontends),
      hopConnections: hopConnections(frontends),
      hopBody: hopBody(backends),
      hardStopAfter: hardStopAfter(frontends, backends),
      ...(node.account === undefined ? {} : { account: { ...node.account } }),
      runtime: {
        adminSocket: runtime.adminSocket,
        identitySocket: runtime.identitySocket,
        peersSocket: runtime.peersSocket,
        hopSocket: runtime.hopSocket,
        serverStateFile: runtime.serverStateFile,
      },
      ...(peers === undefined ? {} : { peers: peers.peers }),
    },
    frontends: frontends.sort((a, b) => byCodeUnits(a.name, b.name)),
    backends: backends.sort((a, b) => byCodeUnits(a.name, b.name)),
    watches: configuration.hosts.flatMap(compileWatches).sort((a, b) => byCodeUnits(a.name, b.name)),
    files: files.sort((a, b) => byCodeUnits(a.path, b.path)),
  });
}
