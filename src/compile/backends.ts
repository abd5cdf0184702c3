import type { BackendIr, LongTimeoutIr, PersistenceIr, ServerIr, ServerTlsIr } from '../ir/haproxy.ts';
import { unreachable } from '../kernel/bug.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { byCodeUnits } from '../kernel/order.ts';
import { remembered } from '../kernel/remembered.ts';
import type { ConfiguredPool, ConfiguredServer, ConfiguredService } from '../model/configuration.ts';
import type { Intent } from '../model/intent.ts';
import type { ServerTls } from '../model/server-tls.ts';
import type { Timeouts } from '../model/timeouts.ts';
import { compileCheck } from './checks.ts';
import { authorityFile, backendName, drainedFile } from './names.ts';
import { type Wished, wished } from './wished.ts';

/** The backend of one service. While the wishes for its servers stay the same, so does the object. */
export function compileBackend(service: ConfiguredService, intents: readonly Intent[]): BackendIr {
  const wishes = service.pool.servers.map((server) => wished(service.name, server, intents));
  const asked = wishes.map(({ admin, weight }) => `${admin} ${weight ?? 'as declared'}`).join();
  const latest = latestOf(service);
  if (latest.backend === undefined || latest.asked !== asked) {
    latest.asked = asked;
    latest.backend = deepFreeze(compileWished(service, wishes));
  }
  return latest.backend;
}

const latestOf = remembered<ConfiguredService, { asked?: string; backend?: BackendIr }>(() => ({}));

function compileWished(service: ConfiguredService, wishes: readonly Wished[]): BackendIr {
  const { pool, timeouts } = service;
  return {
    name: backendName(service.name),
    origin: pool.path,
    balance: pool.balance,
    persistence: compilePersistence(service),
    check: compileCheck(service),
    ...(pool.passiveCheck === undefined ? {} : { passiveErrorLimit: pool.passiveCheck.errorLimit }),
    retry: {
      attempts: pool.retry.attempts,
      safeMethodsOn: [...new Set(pool.retry.safeMethodsOn)].sort(byCodeUnits),
    },
    timeouts: {
      connect: timeouts.connect,
      server: timeouts.server,
      queue: timeouts.queue,
      tunnel: timeouts.tunnel,
      check: pool.healthCheck.timeout,
      ...(timeouts.long === undefined ? {} : { long: compileLong(timeouts.long) }),
      body: timeouts.client,
    },
    reuse: { keepAtLeast: pool.connectionReuse.keepAtLeast, idle: pool.connectionReuse.idle },
    ...(pool.tls === undefined ? {} : { tls: compileTls(pool.tls) }),
    servers: pool.servers
      .map((server, index) => compileServer(pool, server, wishes[index] ?? { admin: 'ready' }))
      .sort((a, b) => byCodeUnits(a.name, b.name)),
  };
}

function compileLong({ paths, server }: NonNullable<Timeouts['long']>): LongTimeoutIr {
  const prefixes = paths.filter((path) => path.startsWith('/')).map((path) => path.replace(/\/+$/, ''));
  return {
    paths: [...new Set(prefixes)].sort(byCodeUnits),
    segments: paths.filter((path) => !path.startsWith('/')).sort(byCodeUnits),
    server,
  };
}

function compilePersistence({ name, pool: { persistence }, listeners }: ConfiguredService): PersistenceIr {
  const drainedList = drainedFile(name);
  switch (persistence.type) {
    case 'none':
      return { kind: 'none' };
    case 'sourceAddress':
      return {
        kind: 'source-address',
        expire: persistence.expire,
        entries: persistence.entries,
        drainedList,
      };
    case 'cookie':
      return {
        kind: 'cookie',
        name: persistence.name,
        drainedList,
        idle: persistence.idle,
        life: persistence.life,
        secure: !listeners.some((listener) => listener.protocol === 'http'),
      };
    default:
      return unreachable(persistence, 'persistence');
  }
}

function compileTls(tls: ServerTls): ServerTlsIr {
  if (tls.verify === 'required') {
    return { verify: 'required', authorityFile: authorityFile(tls.authority), serverName: tls.serverName };
  }
  return { verify: 'none', ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }) };
}

function compileServer({ serverLimit }: ConfiguredPool, server: ConfiguredServer, wish: Wished): ServerIr {
  const { name, path, address, port } = server;
  const maxConnections = server.maxConnections ?? serverLimit?.requests;
  return {
    name,
    origin: path,
    address,
    port,
    weight: wish.weight ?? server.weight,
    ...(maxConnections === undefined ? {} : { maxConnections }),
    admin: wish.admin,
  };
}
