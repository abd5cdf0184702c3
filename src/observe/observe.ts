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
  ProcessStatus,
  ServerState,
  ServerStatus,
  ServiceState,
  ServiceStatus,
  Status,
} from '../model/status.ts';
import type { Causes } from './cause-finder.ts';
import { checkWords } from './check-words.ts';
import { conditions, isExpected, serves } from './conditions.ts';

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
  readonly causes: Causes;
  /** In force, and compiled into the IR. */
  readonly intents: readonly Intent[];
  readonly drift: readonly DriftItem[];
  /** What the controller found out about servers by itself; absent: nothing yet. */
  readonly health?: HealthReport;
  /** See {@link Status}. */
  readonly confirmBy?: number;
}

/** Puts desired and running state side by side. Pure: asks nobody. */
export function observe(observation: Observation): Status {
  const { at, configuration, ir } = observation;
  const names = haproxyNames(ir);
  const process = processStatus(observation);
  return {
    at,
    site: configuration.site,
    ...(process === undefined ? {} : { process }),
    services: configuration.virtualServices.map((service) => serviceStatus(service, names, observation)),
    dependencies: dependenciesOf(configuration),
    certificates: configuration.certificates.map((certificate) => certificateStatus(certificate, at)),
    drift: observation.drift,
    ...(observation.confirmBy === undefined ? {} : { confirmBy: observation.confirmBy }),
  };
}

/** The machines that no pool names. */
function dependenciesOf({ hosts, virtualServices }: Configuration): HostStatus[] {
  const balanced = new Set(virtualServices.flatMap(({ pool }) => pool.servers.map((server) => server.host)));
  return hosts
    .filter(({ name }) => !balanced.has(name))
    .map(({ name, address, roles }) => ({ name, address, roles }));
}

function processStatus({ state, runningDigest, expectedDigest }: Observation): ProcessStatus | undefined {
  if (state === undefined) return undefined;
  return {
    pid: state.process.masterPid,
    version: state.process.version,
    uptime: state.process.uptime,
    ...(runningDigest === undefined ? {} : { digest: runningDigest }),
    drift: runningDigest !== expectedDigest,
  };
}

function serviceStatus(
  service: ConfiguredService,
  names: HaproxyNames,
  { at, state, causes, intents, health }: Observation,
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
  const ofPool = health?.pools.find((one) => one.backend === backend)?.conditions ?? [];
  return {
    name: service.name,
    hostnames: service.hostnames,
    state: serviceState(servers, listeners),
    conditions:
      state === undefined ? ['HAProxy does not run.'] : [...conditions(servers, listeners, at), ...ofPool],
    listeners,
    servers,
  };
}

/** HAProxy spreads checks by a tenth (`spread-checks`), and the next begins when the one before has ended. */
function checkedWithin({ pool: { healthCheck }, timeouts }: ConfiguredService): number {
  const longest = timeouts.connect + healthCheck.timeout;
  const { interval, fastInterval, downInterval } = healthCheck;
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

function certificateStatus({ name, material }: ConfiguredCertificate, at: number): CertificateStatus {
  const { dnsNames, addresses, notAfter } = material.facts;
  return {
    name,
    covers: [...dnsNames, ...addresses],
    notAfter,
    daysLeft: Math.floor((notAfter - at) / 86_400_000),
  };
}
