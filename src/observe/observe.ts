import type { HaproxyIr } from '../ir/haproxy.ts';
import { type HaproxyNames, haproxyNames } from '../ir/haproxy-names.ts';
import { pathKey } from '../kernel/path.ts';
import type {
  Configuration,
  ConfiguredCertificate,
  ConfiguredServer,
  ConfiguredService,
} from '../model/configuration.ts';
import type { RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import type {
  CertificateStatus,
  HostStatus,
  ListenerStatus,
  ProcessStatus,
  ServerStatus,
  ServiceState,
  ServiceStatus,
  Status,
} from '../model/status.ts';
import type { Causes } from './cause-finder.ts';
import { checkWords } from './check-words.ts';

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
}

/** Puts desired and running state side by side. Pure: asks nobody. */
export function observe(observation: Observation): Status {
  const { at, configuration, ir, state } = observation;
  const names = haproxyNames(ir);
  const process = processStatus(observation);
  return {
    at,
    site: configuration.site,
    ...(process === undefined ? {} : { process }),
    services: configuration.virtualServices.map((service) =>
      serviceStatus(service, names, state, observation.causes),
    ),
    dependencies: dependenciesOf(configuration),
    certificates: configuration.certificates.map((certificate) => certificateStatus(certificate, at)),
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
  state: RuntimeState | undefined,
  causes: Causes,
): ServiceStatus {
  const listeners = service.listeners.map((listener): ListenerStatus => {
    const name = names.frontend(listener);
    const open =
      state?.frontends.some((frontend) => frontend.name === name && frontend.status !== 'stopped') ?? false;
    return { protocol: listener.protocol, address: listener.address, port: listener.port, open };
  });
  const servers = service.pool.servers.map((server): ServerStatus => {
    const name = names.server(service, server);
    const seen = state?.servers.find((one) => one.backend === name?.backend && one.name === name.name);
    return serverStatus(server, seen, causes.get(pathKey(server.path)));
  });
  return {
    name: service.name,
    hostnames: service.hostnames,
    state: serviceState(servers, listeners),
    conditions: state === undefined ? ['HAProxy does not run.'] : conditions(servers, listeners),
    listeners,
    servers,
  };
}

function serverStatus(
  server: ConfiguredServer,
  seen: RuntimeServer | undefined,
  cause: string | undefined,
): ServerStatus {
  const { name, address, port } = server;
  if (seen === undefined) return { name, address, port, state: 'unknown' };
  return {
    name,
    address,
    port,
    state: seen.admin === 'ready' ? seen.operational : seen.admin,
    since: seen.since,
    sessions: seen.sessions,
    weight: seen.weight,
    ...(seen.check === undefined ? {} : { check: checkWords(seen.check) }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Whether a server gets new requests. */
function serves({ state, weight }: ServerStatus): boolean {
  return weight !== 0 && (state === 'up' || state === 'going-down' || state === 'no-check');
}

/** Whether a server should get requests: one with weight 0 was told not to. */
function isExpected({ weight }: ServerStatus): boolean {
  return weight !== 0;
}

function serviceState(servers: readonly ServerStatus[], listeners: readonly ListenerStatus[]): ServiceState {
  const serving = servers.filter(serves).length;
  const open = listeners.filter((listener) => listener.open).length;
  if (serving === 0 || open === 0) return 'down';
  return serving === servers.filter(isExpected).length && open === listeners.length ? 'healthy' : 'degraded';
}

function conditions(servers: readonly ServerStatus[], listeners: readonly ListenerStatus[]): string[] {
  const sentences: string[] = [];
  const serving = servers.filter(serves).length;
  const expected = servers.filter(isExpected).length;
  if (serving === 0) sentences.push('No server takes requests; clients get the sorry answer.');
  else if (serving < expected) sentences.push(`${serving} of ${expected} servers take requests.`);
  for (const { protocol, address, port, open } of listeners) {
    if (!open) sentences.push(`The ${protocol} listener on ${address} port ${port} is not open.`);
  }
  for (const server of servers) {
    if (server.state !== 'up' && server.state !== 'no-check') sentences.push(serverSentence(server));
  }
  return sentences;
}

function serverSentence({ name, state, check, cause }: ServerStatus): string {
  const why = cause ?? check;
  const because = why === undefined ? '.' : `: ${why}.`;
  switch (state) {
    case 'drain':
      return `${name} is drained: it ends its connections and gets no new ones.`;
    case 'maintenance':
      return `${name} is in maintenance.`;
    case 'unknown':
      return `${name} is not known to the running HAProxy.`;
    case 'going-down':
      return `${name} is still up but its checks have begun to fail${because}`;
    case 'going-up':
      return `${name} is still down but its checks have begun to pass${because}`;
    case 'down':
      return `${name} is down${because}`;
    case 'up':
    case 'no-check':
      return `${name} is up.`;
  }
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
