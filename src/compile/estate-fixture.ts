import type { HaproxyIr } from '../ir/haproxy.ts';
import { type Address, Port } from '../model/address.ts';
import type {
  Configuration,
  ConfiguredHost,
  ConfiguredServer,
  ConfiguredService,
} from '../model/configuration.ts';
import { duration } from '../model/duration.ts';
import type { Intent, IntentTarget, IntentWish } from '../model/intent.ts';
import type { Name } from '../model/name.ts';
import { runtimeNowhere } from '../model/node-fixture.ts';
import type { OperationalState, RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import { compile } from './compile.ts';

export const host = (name: string): IntentTarget => ({ kind: 'host', host: name as Name });

export const server = (name: string, service?: string): IntentTarget => ({
  kind: 'server',
  server: name as Name,
  ...(service === undefined ? {} : { service: service as Name }),
});

export function intent(
  id: number,
  wish: IntentWish,
  target: IntentTarget,
  rest: Partial<Intent> = {},
): Intent {
  return { id, wish, target, author: 'm.jones', reason: 'patching', since: 1_000, ...rest };
}

export const drain: IntentWish = { kind: 'drain' };
export const maintenance: IntentWish = { kind: 'maintenance' };
export const weight = (value: number): IntentWish => ({ kind: 'weight', weight: value });

/** Two API servers behind two services, one more server of the first, and a machine behind no service. */
export const estate: Configuration = {
  site: 'St. Elsewhere',
  hosts: [
    machine('api-1', '10.20.1.11', 'api'),
    machine('api-2', '10.20.1.12', 'api'),
    machine('files-1', '10.20.3.12', 'file-library'),
  ],
  authorities: [],
  certificates: [],
  virtualServices: [
    service('live-apis', 80, [
      onHost('api-1', '10.20.1.11'),
      onHost('api-2', '10.20.1.12'),
      alone('spare', '10.20.1.13'),
    ]),
    service('live-apps', 81, [onHost('api-1', '10.20.1.11'), onHost('api-2', '10.20.1.12')]),
  ],
};

function machine(name: string, address: string, role: string): ConfiguredHost {
  return { name: name as Name, path: ['hosts', name], address: address as Address, roles: [role as Name] };
}

function alone(name: string, address: string): ConfiguredServer {
  return { name: name as Name, path: [], address: address as Address, port: Port.parse(80), weight: 100 };
}

function onHost(name: string, address: string): ConfiguredServer {
  return { ...alone(name, address), host: name as Name };
}

function service(name: string, port: number, servers: readonly ConfiguredServer[]): ConfiguredService {
  const path = ['virtualServices', name];
  return {
    name: name as Name,
    path,
    hostnames: [],
    listeners: [
      {
        protocol: 'http',
        address: '10.20.0.10' as Address,
        port: Port.parse(port),
        path: [...path, 'listeners', 0],
      },
    ],
    pool: {
      path: [...path, 'pool'],
      servers: servers.map((one) => ({ ...one, path: [...path, 'pool', 'servers', one.name] })),
      balance: 'leastconn',
      persistence: { type: 'none' },
      healthCheck: {
        type: 'tcp',
        interval: duration('2s'),
        fastInterval: duration('500ms'),
        downInterval: duration('1s'),
        timeout: duration('2s'),
        fall: 2,
        rise: 10,
      },
      retry: { attempts: 3, safeMethodsOn: [], budget: 20, unansweredWrites: 'report' },
      whenAllFail: 'serve',
      connectionReuse: { keepAtLeast: 64, idle: duration('120s') },
    },
    timeouts: {
      connect: duration('1s'),
      request: duration('5s'),
      keepAlive: duration('60s'),
      client: duration('30s'),
      server: duration('30s'),
      queue: duration('5s'),
      tunnel: duration('1h'),
    },
    errorAnswers: { retryAfter: duration('30s'), fhirPaths: [] },
    accessLog: { pathWords: [], clientAddress: 'network' },
    maxConnections: 1_000,
  };
}

/** The estate as compiled with intents. */
export function compiled(intents: readonly Intent[] = [], configuration = estate): HaproxyIr {
  return compile(configuration, { runtime: runtimeNowhere }, intents);
}

/** What a HAProxy that was told exactly this says. @param health of servers, by `service/server`; else up */
export function running(
  ir: HaproxyIr,
  health: Readonly<Record<string, OperationalState>> = {},
): RuntimeState {
  return {
    at: 5_000,
    process: { masterPid: 1, workerPid: 2, leavingWorkers: [], version: '3.0', uptime: 1, reloads: 0 },
    frontends: ir.frontends.map(({ name }) => ({ name, status: 'open', sessions: 0, requests: 0 })),
    servers: ir.backends.flatMap((backend) =>
      backend.servers.map(
        (one): RuntimeServer => ({
          backend: backend.name,
          name: one.name,
          address: `${one.address}:${one.port}`,
          admin: one.admin === 'maintenance' ? 'maintenance' : 'ready',
          operational: health[`${String(backend.origin[1])}/${one.name}`] ?? 'up',
          since: 0,
          sessions: 0,
          weight: one.admin === 'drain' ? 0 : one.weight,
        }),
      ),
    ),
  };
}
