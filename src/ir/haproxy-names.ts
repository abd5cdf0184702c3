import { pathKey } from '../kernel/path.ts';
import type {
  ConfiguredListener,
  ConfiguredServer,
  ConfiguredService,
  ConfiguredWatch,
} from '../model/configuration.ts';
import type { HaproxyIr, ServerIr, WatchIr } from './haproxy.ts';

/** Which names of haproxy.cfg stand for which parts of the configuration; known from where the compiler took them. */
export interface HaproxyNames {
  /** Undefined when the compiler made nothing of it, which is a bug or an older configuration. */
  server(service: ConfiguredService, server: ConfiguredServer): NamedServer | undefined;
  frontend(listener: ConfiguredListener): string | undefined;
  watch(watch: ConfiguredWatch): WatchIr | undefined;
}

export interface NamedServer extends ServerIr {
  readonly backend: string;
}

export function haproxyNames(ir: HaproxyIr): HaproxyNames {
  const backends = new Map(ir.backends.map((backend) => [pathKey(backend.origin), backend]));
  const frontends = new Map(
    ir.frontends.flatMap(({ name, binds }) =>
      binds.map((bind): [string, string] => [pathKey(bind.origin), name]),
    ),
  );
  const watches = new Map(ir.watches.map((watch) => [pathKey(watch.origin), watch]));
  return {
    server(service, server) {
      const backend = backends.get(pathKey(service.pool.path));
      const found = backend?.servers.find(({ origin }) => pathKey(origin) === pathKey(server.path));
      return backend === undefined || found === undefined ? undefined : { ...found, backend: backend.name };
    },
    frontend: (listener) => frontends.get(pathKey(listener.path)),
    watch: (watch) => watches.get(pathKey(watch.path)),
  };
}
