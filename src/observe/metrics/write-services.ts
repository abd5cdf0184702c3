import type {
  AnswerClass,
  FrontendTraffic,
  OneServersCounters,
  Traffic,
} from '../../dataplane/counters-port.ts';
import { isUp, isWanted, type RuntimeServer } from '../../model/runtime-state.ts';
import type { MetricName } from './catalogue.ts';
import type { Exposition, Sample } from './exposition.ts';
import type { Surveyed } from './facts.ts';
import { type Labelled, type LabelledServer, type LabelledService, serverKey } from './labelled.ts';
import type { Pause } from './pause.ts';

/** A server, with what HAProxy says of it; absent when it does not. */
interface SeenServer {
  readonly labels: string;
  readonly drained: boolean;
  readonly state?: RuntimeServer | undefined;
  readonly counters?: OneServersCounters | undefined;
}

/** A service, with what HAProxy says of its listeners together. */
interface SeenService {
  readonly service: LabelledService;
  readonly servers: readonly SeenServer[];
  readonly traffic: readonly FrontendTraffic[];
  readonly redirected: readonly FrontendTraffic[];
  readonly queued?: number | undefined;
}

/** What is told of services and servers. */
export async function writeServices(
  out: Exposition,
  { services, servers }: Labelled,
  surveyed: Surveyed | undefined,
  pause: Pause,
): Promise<void> {
  const seen = await seenServers(servers, surveyed, pause);
  await pause();
  const together = seenServices(services, seen, surveyed?.traffic);
  for (const [name, value] of ofServices) {
    await pause();
    out.add(
      name,
      samples(together, ({ service }) => service.labels, value),
    );
  }
  await pause();
  out.add('aorta_service_answers_total', answers(together));
  for (const [name, value] of ofServers) {
    await pause();
    out.add(
      name,
      samples(seen, (one) => one.labels, value),
    );
  }
}

async function seenServers(
  servers: readonly LabelledServer[],
  surveyed: Surveyed | undefined,
  pause: Pause,
): Promise<readonly SeenServer[]> {
  const states = new Map(surveyed?.state?.servers.map((one) => [serverKey(one.backend, one.name), one]));
  await pause();
  const counters = new Map(
    surveyed?.servers?.servers.map((one) => [serverKey(one.backend, one.server), one]),
  );
  await pause();
  return servers.map(({ labels: own, key = '', drained }) => ({
    labels: own,
    drained,
    state: states.get(key),
    counters: counters.get(key),
  }));
}

function seenServices(
  services: readonly LabelledService[],
  servers: readonly SeenServer[],
  traffic: Traffic | undefined,
): readonly SeenService[] {
  const frontends = new Map(traffic?.frontends.map((one) => [one.name, one]));
  const queues = new Map(traffic?.backends.map(({ name, queued }) => [name, queued]));
  return services.map((service): SeenService => {
    const own = servers.slice(service.first, service.first + service.count);
    const inPool = queues.get(service.backend ?? '');
    return {
      service,
      servers: own,
      traffic: service.frontends.flatMap((name) => frontends.get(name) ?? []),
      redirected: service.redirects.flatMap((name) => frontends.get(name) ?? []),
      queued: inPool === undefined ? undefined : inPool + sum(own, ({ counters }) => counters?.queued ?? 0),
    };
  });
}

type Value<T> = (one: T) => number | boolean | undefined;

const ofServices: readonly (readonly [MetricName, Value<SeenService>])[] = [
  ['aorta_service_servers', ({ service }) => service.count],
  ['aorta_service_servers_expected', ({ servers }) => count(servers, isExpected)],
  ['aorta_service_servers_serving', ({ servers }) => count(servers, isServing)],
  ['aorta_service_connections_total', served(({ connections }) => connections)],
  ['aorta_service_failed_handshakes_total', served(({ failedHandshakes }) => failedHandshakes)],
  ['aorta_service_requests_total', served(({ requests }) => requests)],
  ['aorta_service_denied_requests_total', served(({ denied }) => denied)],
  ['aorta_service_denied_connections_total', served(({ deniedConnections }) => deniedConnections)],
  ['aorta_service_received_bytes_total', served(({ bytesIn }) => bytesIn)],
  ['aorta_service_sent_bytes_total', served(({ bytesOut }) => bytesOut)],
  ['aorta_service_open_connections', served(({ sessions }) => sessions)],
  ['aorta_service_queued_requests', ({ queued }) => queued],
  [
    'aorta_service_redirects_total',
    ({ redirected }) => (redirected.length === 0 ? undefined : sum(redirected, ({ requests }) => requests)),
  ],
];

const ofServers: readonly (readonly [MetricName, Value<SeenServer>])[] = [
  ['aorta_server_up', ({ state }) => state && state.admin !== 'maintenance' && isUp(state)],
  ['aorta_server_drained', ({ state, drained }) => state && isDrained(state, drained)],
  ['aorta_server_maintenance', ({ state }) => state && state.admin === 'maintenance'],
  ['aorta_server_weight', ({ state }) => state?.weight],
  ['aorta_server_sessions', ({ state }) => state?.sessions],
  ['aorta_server_queued_requests', ({ counters }) => counters?.queued],
  ['aorta_server_requests_total', ({ counters }) => counters?.requests],
  ['aorta_server_5xx_answers_total', ({ counters }) => counters?.answers5xx],
  ['aorta_server_connection_errors_total', ({ counters }) => counters?.connectErrors],
  ['aorta_server_answer_errors_total', ({ counters }) => counters?.responseErrors],
  ['aorta_server_retries_total', ({ counters }) => counters?.retries],
  ['aorta_server_redispatches_total', ({ counters }) => counters?.redispatches],
  ['aorta_server_response_time_seconds', ({ counters }) => responseTime(counters)],
];

const classes: readonly AnswerClass[] = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'];

function* answers(services: readonly SeenService[]): Iterable<Sample> {
  for (const { service, traffic } of services) {
    if (traffic.length === 0) continue;
    for (const one of classes)
      yield [withClass(service.labels, one), sum(traffic, ({ answers: all }) => all[one])];
  }
}

/** Labels and one more, whose values need no escape. */
function withClass(own: string, one: AnswerClass): string {
  return `${own.slice(0, -1)},class="${one}"}`;
}

function* samples<T>(all: readonly T[], labelsOf: (one: T) => string, value: Value<T>): Iterable<Sample> {
  for (const one of all) yield [labelsOf(one), value(one)];
}

/** A sum over the frontends that serve; nothing when HAProxy has none of them. */
function served(value: (one: FrontendTraffic) => number): Value<SeenService> {
  return ({ traffic }) => (traffic.length === 0 ? undefined : sum(traffic, value));
}

/** Absent as long as HAProxy says nothing of the servers: that is no reason to say that none serves. */
function count(servers: readonly SeenServer[], fits: (one: SeenServer) => boolean): number | undefined {
  return servers.every(({ state }) => state === undefined) ? undefined : servers.filter(fits).length;
}

function isDrained({ admin, weight }: RuntimeServer, wanted: boolean): boolean {
  return admin === 'drain' || (admin === 'ready' && wanted && weight === 0);
}

function isExpected({ state }: SeenServer): boolean {
  return state === undefined || isWanted(state);
}

function isServing(one: SeenServer): boolean {
  return one.state !== undefined && isExpected(one) && isUp(one.state);
}

function responseTime(counters: OneServersCounters | undefined): number | undefined {
  if (counters?.responseTime === undefined || counters.answers === 0) return undefined;
  return counters.responseTime / 1_000;
}

function sum<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((total, one) => total + value(one), 0);
}
