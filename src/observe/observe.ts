import { concerns } from '../compile/wished.ts';
import type { HaproxyIr, ServerIr } from '../ir/haproxy.ts';
import { type HaproxyNames, haproxyNames } from '../ir/haproxy-names.ts';
import { pathKey } from '../kernel/path.ts';
import type { Configuration, ConfiguredCertificate, ConfiguredService } from '../model/configuration.ts';
import type { DriftItem } from '../model/drift.ts';
import type { HealthReport } from '../model/health.ts';
import type { Intent } from '../model/intent.ts';
import type { RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import type {
  CertificateStatus,
  HostStatus,
  ListenerStatus,
  NodeStatus,
  ObservedStatus,
  ProcessStatus,
  ServerState,
  ServerStatus,
  ServiceState,
  ServiceStatus,
} from '../model/status.ts';
import type { Causes } from './cause-finder.ts';
import { checkWords } from './check-words.ts';
import { conditions, isExpected, serves } from './conditions.ts';
import { dependencyLosses } from './dependency-losses.ts';
import { hostStatuses } from './host-statuses.ts';
import { limitConditions, type OverLimits } from './limit-conditions.ts';

/** Everything that a status is made of. */
export interface Observation {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly configuration: Configuration;
  /** What was compiled from this configuration. */
  readonly ir: HaproxyIr;
  /** The digest of the current generation; absent before the first. */
  readonly expectedDigest?: string;
  /** The digest that the running HAProxy answers with; absent when it does not answer. */
  readonly runningDigest?: string;
  /** Absent when HAProxy does not run. */
  readonly state?: RuntimeState;
  /** Absent: no limit is counted, or HAProxy could not be asked. */
  readonly overLimits?: OverLimits;
  readonly causes: Causes;
  /** In force, and compiled into the IR. */
  readonly intents: readonly Intent[];
  readonly drift: readonly DriftItem[];
  /** What the controller found out about servers by itself; absent: nothing yet. */
  readonly health?: HealthReport;
  /** See {@link Status}. */
  readonly confirmBy?: number;
  /** See {@link Status}. */
  readonly node?: NodeStatus;
}

/** Puts desired and running state side by side. Pure: asks nobody. */
export function observe(observation: Observation): ObservedStatus {
  const { at, configuration, ir } = observation;
  const names = haproxyNames(ir);
  const hosts = hostStatuses(configuration, names, observation.state);
  const process = processStatus(observation);
  return {
    at,
    site: configuration.site,
    ...(process === undefined ? {} : { process }),
    services: configuration.virtualServices.map((service) =>
      serviceStatus(service, names, hosts, observation),
    ),
    dependencies: hosts,
    certificates: configuration.certificates.map((certificate) => certificateStatus(certificate, at)),
    drift: observation.drift,
    ...(observation.node === undefined ? {} : { node: observation.node }),
    ...(observation.confirmBy === undefined ? {} : { confirmBy: observation.confirmBy }),
  };
}

function processStatus({ state, runningDigest, expectedDigest }: Observation): ProcessStatus | undefined {
  if (state === undefined) return undefined;
  return {
    pid: state.process.masterPid,
    version: state.process.version,
    uptime: state.process.uptime,
    ...(runningDigest === undefined ? {} : { digest: runningDigest }),
    drift: runningDigest !== expectedDigest,
    leavingWorkers: state.process.leavingWorkers.length,
  };
}

function serviceStatus(
  service: ConfiguredService,
  names: HaproxyNames,
  hosts: readonly HostStatus[],
  { at, ir, state, overLimits, causes, intents, health }: Observation,
): ServiceStatus {
  const listeners = service.listeners.map((listener): ListenerStatus => {
    const name = names.frontend(listener);
    const open =
      state?.frontends.some((frontend) => frontend.name === name && frontend.status !== 'stopped') ?? false;
    return { protocol: listener.protocol, address: listener.address, port: listener.port, open };
  });
  const backend = service.pool.servers
    .map((server) => names.server(service, server)?.backend)
    .find((name) => name !== undefined);
  const servers = service.pool.servers.map((server): ServerStatus => {
    const wanted = names.server(service, server);
    const seen = state?.servers.find((one) => one.backend === wanted?.backend && one.name === wanted.name);
    const known = health?.servers.find(
      (one) => one.backend === wanted?.backend && one.server === wanted.name,
    );
    return {
      name: server.name,
      ...(server.host === undefined ? {} : { host: server.host }),
      address: server.address,
      port: server.port,
      checkedWithin: checkedWithin(service),
      intents: intents.filter((intent) => concerns(intent, service.name, server)),
      rungs: known?.rungs ?? [],
      ...(known?.advice === undefined ? {} : { advice: known.advice }),
      ...(seen === undefined
        ? { state: 'unknown' }
        : seenOf(seen, wanted?.admin, causes.get(pathKey(server.path)))),
    };
  });
  const own = serviceState(servers, listeners);
  const losses = dependencyLosses(service, hosts);
  const frontends = new Set(service.listeners.map((listener) => names.frontend(listener)));
  const limited = ir.frontends.filter(({ name }) => frontends.has(name));
  const ofPool = health?.pools.find((one) => one.backend === backend)?.conditions ?? [];
  return {
    name: service.name,
    hostnames: service.hostnames,
    state: losses.some(({ needed }) => needed) ? lessThanHealthy(own) : own,
    conditions:
      state === undefined
        ? ['HAProxy does not run.']
        : [
            ...conditions(servers, listeners, at),
            ...ofPool,
            ...losses.map(({ sentence }) => sentence),
            ...limited.flatMap((one) => limitConditions(one, overLimits ?? new Map())),
          ],
    listeners,
    servers,
  };
}

/** HAProxy spreads checks by a tenth (`spread-checks`), and the next begins when the one before has ended. */
function checkedWithin({ pool: { healthCheck }, timeouts }: ConfiguredService): number {
  const { interval, fastInterval, downInterval, alsoPort } = healthCheck;
  const connections = alsoPort === undefined ? 1 : 2;
  const longest = connections * timeouts.connect + healthCheck.timeout;
  return Math.ceil(1.1 * Math.max(interval, fastInterval, downInterval)) + 2 * longest;
}

/** What the running HAProxy shows of a server. */
function seenOf(
  seen: RuntimeServer,
  wanted: ServerIr['admin'] | undefined,
  cause: string | undefined,
): Omit<
  ServerStatus,
  'name' | 'host' | 'address' | 'port' | 'checkedWithin' | 'intents' | 'rungs' | 'advice'
> {
  return {
    state: stateOf(seen, wanted),
    health: seen.operational,
    since: seen.since,
    sessions: seen.sessions,
    ...(seen.oldSenders === undefined ? {} : { oldSenders: seen.oldSenders }),
    weight: seen.weight,
    ...(seen.check === undefined ? {} : { check: checkWords(seen.check) }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** A drain is told to HAProxy as weight 0, so that only what is wanted tells it from a weight of 0. */
function stateOf(
  { admin, weight, operational }: RuntimeServer,
  wanted: ServerIr['admin'] | undefined,
): ServerState {
  if (admin !== 'ready') return admin;
  return wanted === 'drain' && weight === 0 ? 'drain' : operational;
}

function serviceState(servers: readonly ServerStatus[], listeners: readonly ListenerStatus[]): ServiceState {
  const serving = servers.filter(serves).length;
  const open = listeners.filter((listener) => listener.open).length;
  if (serving === 0 || open === 0) return 'down';
  return serving === servers.filter(isExpected).length && open === listeners.length ? 'healthy' : 'degraded';
}

function lessThanHealthy(state: ServiceState): ServiceState {
  return state === 'healthy' ? 'degraded' : state;
}

function certificateStatus({ name, material }: ConfiguredCertificate, at: number): CertificateStatus {
  const { dnsNames, addresses, fingerprint, notAfter } = material.facts;
  return {
    name,
    covers: [...dnsNames, ...addresses],
    fingerprint,
    notAfter,
    daysLeft: Math.floor((notAfter - at) / 86_400_000),
  };
}
