import type { AccessLogIr, BindIr, FrontendIr, LimitsIr, RateLimitIr, ServeIr } from '../ir/haproxy.ts';
import { byCodeUnits } from '../kernel/order.ts';
import type { Port } from '../model/address.ts';
import type { ClientLimit } from '../model/client-limits.ts';
import type { ConfiguredListener, ConfiguredService } from '../model/configuration.ts';
import { redirectLimit, sourceShare } from './limits.ts';
import {
  backendName,
  bindName,
  certificateListFile,
  exemptFile,
  networksFile,
  redirectFrontendName,
  serveFrontendName,
} from './names.ts';

type RedirectListener = Extract<ConfiguredListener, { protocol: 'redirect' }>;

/**
 * The frontends of one service: one that serves, and one for each port that clients are redirected to.
 * @param ticketKeysFile of the machine; absent: each process of HAProxy makes keys of its own
 */
export function compileFrontends(service: ConfiguredService, ticketKeysFile?: string): FrontendIr[] {
  const redirects = new Map<Port, RedirectListener[]>();
  const serving: Exclude<ConfiguredListener, RedirectListener>[] = [];
  for (const listener of service.listeners) {
    if (listener.protocol !== 'redirect') serving.push(listener);
    else redirects.set(listener.targetPort, [...(redirects.get(listener.targetPort) ?? []), listener]);
  }
  const frontends: FrontendIr[] = [];
  if (serving.length > 0) frontends.push(serveFrontend(service, serving, ticketKeysFile));
  for (const [port, listeners] of redirects) frontends.push(redirectFrontend(service, port, listeners));
  return frontends;
}

function serveFrontend(
  service: ConfiguredService,
  listeners: readonly ConfiguredListener[],
  ticketKeysFile: string | undefined,
): FrontendIr {
  const behaviour: ServeIr = {
    kind: 'serve',
    backend: backendName(service.name),
    unansweredWrites: service.pool.retry.unansweredWrites,
    ...(service.allow === undefined ? {} : { allowList: networksFile(service.name) }),
    ...(service.hstsMaxAge === undefined ? {} : { hstsSeconds: Math.floor(service.hstsMaxAge / 1_000) }),
    errors: {
      retryAfterSeconds: Math.ceil(service.errorAnswers.retryAfter / 1_000),
      fhirPaths: sortedSet(service.errorAnswers.fhirPaths.map((path) => path.replace(/\/+$/, ''))),
    },
    limits: compileLimits(service),
  };
  return {
    name: serveFrontendName(service.name),
    origin: service.path,
    maxConnections: service.maxConnections,
    ...compileSources(service, service.maxConnections),
    binds: listeners.map((listener) => compileBind(service, listener, ticketKeysFile)),
    timeouts: compileTimeouts(service),
    accessLog: compileAccessLog(service),
    behaviour,
  };
}

function redirectFrontend(
  service: ConfiguredService,
  port: Port,
  listeners: readonly RedirectListener[],
): FrontendIr {
  return {
    name: redirectFrontendName(service.name, port),
    origin: service.path,
    maxConnections: redirectLimit(service.maxConnections),
    ...compileSources(service, redirectLimit(service.maxConnections)),
    binds: listeners.map((listener) => compileBind(service, listener)),
    timeouts: compileTimeouts(service),
    accessLog: compileAccessLog(service),
    behaviour: { kind: 'redirect', port, hostnames: [...service.hostnames] },
  };
}

function compileSources(
  { name, limits, maxConnectionsPerSource }: ConfiguredService,
  connections: number,
): Pick<FrontendIr, 'maxConnectionsPerSource' | 'exemptList'> {
  return {
    maxConnectionsPerSource: maxConnectionsPerSource ?? sourceShare(connections),
    ...(limits === undefined || limits.exempt.length === 0 ? {} : { exemptList: exemptFile(name) }),
  };
}

function compileLimits({ pool, limits }: ConfiguredService): LimitsIr {
  const { perSource, perClient } = limits ?? {};
  return {
    ...(pool.serverLimit === undefined ? {} : { queue: pool.serverLimit.queue }),
    ...(perSource === undefined
      ? {}
      : {
          perSource: {
            ...compileRate(perSource),
            ...(perSource.concurrent === undefined ? {} : { concurrent: perSource.concurrent }),
          },
        }),
    ...(perClient === undefined ? {} : { perClient: compileRate(perClient) }),
  };
}

function compileRate({ requests, per, mode }: ClientLimit): RateLimitIr {
  return { requests, per, mode };
}

function compileBind(
  service: ConfiguredService,
  listener: ConfiguredListener,
  ticketKeysFile?: string,
): BindIr {
  const { address, port, path } = listener;
  const place = { name: bindName(address, port), origin: path, address, port };
  if (listener.protocol !== 'https') return place;
  return {
    ...place,
    tls: {
      certificateList: certificateListFile(service.name, address, port),
      alpn: [...listener.alpn],
      minimumVersion: listener.tls.minimumVersion,
      ...(ticketKeysFile === undefined ? {} : { ticketKeysFile }),
    },
  };
}

function compileTimeouts({ timeouts }: ConfiguredService): FrontendIr['timeouts'] {
  return { client: timeouts.client, request: timeouts.request, keepAlive: timeouts.keepAlive };
}

function compileAccessLog({ accessLog }: ConfiguredService): AccessLogIr {
  return {
    pathWords: sortedSet(accessLog.pathWords),
    clientAddress: accessLog.clientAddress,
    ...(accessLog.requestIdHeader === undefined ? {} : { requestIdHeader: accessLog.requestIdHeader }),
  };
}

function sortedSet(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(byCodeUnits);
}
