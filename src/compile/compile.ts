import type { BackendIr, FrontendIr, HaproxyIr } from '../ir/haproxy.ts';
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
import { compileWatches } from './watches.ts';

/** Most changes, and every intent, leave most services as they were; these are then the very same objects. */
const frontendsOf = remembered((service: ConfiguredService) => deepFreeze(compileFrontends(service)));

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
  const frontends: FrontendIr[] = configuration.virtualServices.flatMap(frontendsOf);
  const backends: BackendIr[] = configuration.virtualServices.map((service) =>
    compileBackend(service, intents),
  );
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
    },
    frontends: frontends.sort((a, b) => byCodeUnits(a.name, b.name)),
    backends: backends.sort((a, b) => byCodeUnits(a.name, b.name)),
    watches: configuration.hosts.flatMap(compileWatches).sort((a, b) => byCodeUnits(a.name, b.name)),
    files: compileFiles(configuration, backends).sort((a, b) => byCodeUnits(a.path, b.path)),
  });
}
