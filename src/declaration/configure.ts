import { Bug } from '../kernel/bug.ts';
import { type Diagnostic, formatDiagnostic, hasErrors, sortDiagnostics } from '../kernel/diagnostic.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { byCodeUnits, sortedEntries } from '../kernel/order.ts';
import type { Path } from '../kernel/path.ts';
import type { Port } from '../model/address.ts';
import type {
  Configuration,
  ConfiguredDeepCheck,
  ConfiguredDependency,
  ConfiguredListener,
  ConfiguredPool,
  ConfiguredServer,
  ConfiguredService,
  ConfiguredWatch,
} from '../model/configuration.ts';
import type { Listener } from '../model/listener.ts';
import type { Pool } from '../model/pool.ts';
import type { VirtualService } from '../model/virtual-service.ts';
import type { Watch } from '../model/watch.ts';
import { type Materials, readMaterials } from './certificates.ts';
import type { Draft, Section } from './draft.ts';
import type { FileContents } from './files.ts';
import { toConfiguredHa } from './pair.ts';
import { announcement } from './rules/announcement.ts';
import { checkLoad } from './rules/check-load.ts';
import { dependencies } from './rules/dependencies.ts';
import { keptConnections } from './rules/kept-connections.ts';
import { listeners } from './rules/listeners.ts';
import { pair } from './rules/pair.ts';
import { pairAddresses } from './rules/pair-addresses.ts';
import { pools } from './rules/pools.ts';
import { references } from './rules/references.ts';
import { type Rule, type Sound, sound } from './rules/rule.ts';
import { services } from './rules/services.ts';
import { readSecrets, type Secrets } from './secrets.ts';

const rules: readonly Rule[] = [
  services,
  references,
  listeners,
  pools,
  checkLoad,
  keptConnections,
  dependencies,
  pair,
  pairAddresses,
  announcement,
];

export interface Validated {
  /** Absent when a finding is an error. */
  readonly configuration?: Configuration;
  /** All findings at once, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Draft and files to Configuration.
 * @param now milliseconds since 1970, to judge certificates by
 */
export function configure(draft: Draft, files: FileContents, now: number): Validated {
  const materials = readMaterials(draft, files, now);
  const secrets = readSecrets(draft, files);
  const findings = [
    ...draft.findings,
    ...rules.flatMap((rule) => [...rule(draft)]),
    ...materials.findings,
    ...secrets.findings,
  ];
  const diagnostics = withoutRepeats(
    sortDiagnostics(findings.map((finding) => draft.origins.diagnose(finding))),
  );
  if (hasErrors(diagnostics)) return { diagnostics };
  return { configuration: deepFreeze(toConfiguration(draft, materials, secrets)), diagnostics };
}

/** Two services of one blueprint share their parameters, and so the findings about them. */
function withoutRepeats(sortedDiagnostics: readonly Diagnostic[]): Diagnostic[] {
  return sortedDiagnostics.filter((diagnostic, index) => {
    const before = sortedDiagnostics[index - 1];
    return before === undefined || formatDiagnostic(before) !== formatDiagnostic(diagnostic);
  });
}

function toConfiguration(draft: Draft, materials: Materials, secrets: Secrets): Configuration {
  const virtualServices = sorted(draft.virtualServices).map((service) => toService(service, draft, secrets));
  const usedCertificates = new Set(
    virtualServices.flatMap(({ listeners: own }) =>
      own.flatMap((listener) => (listener.protocol === 'https' ? listener.certificates : [])),
    ),
  );
  const usedAuthorities = new Set(
    virtualServices.flatMap(({ pool: { tls } }) => (tls?.verify === 'required' ? [tls.authority] : [])),
  );
  return {
    site: draft.site,
    hosts: sorted(draft.hosts).map(({ name, path, value }) => ({
      name,
      path,
      address: value.address,
      roles: value.roles,
      ...(value.watch === undefined || value.watch.length === 0
        ? {}
        : { watches: toWatches(value.watch, [...path, 'watch']) }),
    })),
    authorities: sorted(draft.authorities)
      .filter(({ name }) => usedAuthorities.has(name))
      .map(({ name, path }) => ({
        name,
        path,
        material: expectFound(materials.authorities.get(name), name),
      })),
    certificates: sorted(draft.certificates)
      .filter(({ name }) => usedCertificates.has(name))
      .map(({ name, path }) => ({
        name,
        path,
        material: expectFound(materials.certificates.get(name), name),
      })),
    virtualServices,
    ...(draft.ha?.value === undefined ? {} : { ha: toConfiguredHa(draft.ha.value, draft) }),
  };
}

function sorted<T>(section: Section<T>): Sound<T>[] {
  return [...sound(section)].sort((a, b) => byCodeUnits(a.name, b.name));
}

function toService(
  { name, path, value }: Sound<VirtualService>,
  draft: Draft,
  secrets: Secrets,
): ConfiguredService {
  return {
    name,
    path,
    hostnames: value.hostnames,
    listeners: toListeners(value.listeners, [...path, 'listeners']),
    ...(value.accessList === undefined ? {} : { allow: value.accessList.allow }),
    pool: toPool(value.pool, [...path, 'pool'], draft, secrets),
    ...toDependencies(value.dependsOn, [...path, 'dependsOn']),
    timeouts: value.timeouts,
    ...(value.hsts === undefined ? {} : { hstsMaxAge: value.hsts.maxAge }),
    errorAnswers: value.errorAnswers,
    accessLog: value.accessLog,
    maxConnections: value.maxConnections,
    ...(value.maxConnectionsPerSource === undefined
      ? {}
      : { maxConnectionsPerSource: value.maxConnectionsPerSource }),
    ...(value.limits === undefined ? {} : { limits: value.limits }),
  };
}

function toWatches(written: readonly Watch[], path: Path): ConfiguredWatch[] {
  return written
    .map((watch, index): ConfiguredWatch => ({ path: [...path, index], watch }))
    .sort((a, b) => a.watch.port - b.watch.port);
}

function toDependencies(
  written: VirtualService['dependsOn'] = {},
  path: Path,
): Pick<ConfiguredService, 'dependsOn'> {
  const dependsOn = sortedEntries(written).map(
    ([role, { hosts, needed, effect }]): ConfiguredDependency => ({
      role: role as ConfiguredDependency['role'],
      path: [...path, role],
      hosts: [...hosts].sort(byCodeUnits),
      needed,
      ...(effect === undefined ? {} : { effect }),
    }),
  );
  return dependsOn.length === 0 ? {} : { dependsOn };
}

function toListeners(written: readonly Listener[], path: Path): ConfiguredListener[] {
  return written
    .map((listener, index): ConfiguredListener => {
      const at = [...path, index];
      if (listener.protocol !== 'redirect') return { ...listener, path: at };
      return { ...listener, path: at, targetPort: redirectTarget(listener.address, written) };
    })
    .sort((a, b) => a.port - b.port || byCodeUnits(a.address, b.address));
}

/** The https listener on the same address, or else the first: a client that came to one address should stay there. */
function redirectTarget(address: string, written: readonly Listener[]): Port {
  const https = written.filter((listener) => listener.protocol === 'https');
  const target = https.find((listener) => listener.address === address) ?? https[0];
  return expectFound(target, 'the target of a redirect').port;
}

function toPool(pool: Pool, path: Path, draft: Draft, secrets: Secrets): ConfiguredPool {
  const { tls, passiveCheck, balance, persistence, healthCheck, serverLimit, retry, connectionReuse } = pool;
  const deepChecks = toDeepChecks(pool, [...path, 'deepChecks'], secrets);
  const { outlierDetection, whenAllFail, endSessionsAfter } = pool;
  return {
    path,
    servers: sortedEntries(pool.servers).map(([name, server]): ConfiguredServer => {
      const host = server.host === undefined ? undefined : draft.hosts.get(server.host);
      return {
        name: name as ConfiguredServer['name'],
        path: [...path, 'servers', name],
        ...(host === undefined ? {} : { host: host.name }),
        address: expectFound(server.address ?? host?.value?.address, `the address of ${name}`),
        port: server.port,
        weight: server.weight,
        ...(server.maxConnections === undefined ? {} : { maxConnections: server.maxConnections }),
      };
    }),
    balance,
    persistence,
    healthCheck,
    ...(deepChecks.length === 0 ? {} : { deepChecks }),
    ...(passiveCheck === undefined ? {} : { passiveCheck }),
    ...(outlierDetection === undefined ? {} : { outlierDetection }),
    ...(tls === undefined ? {} : { tls }),
    ...(serverLimit === undefined ? {} : { serverLimit }),
    retry,
    whenAllFail,
    ...(endSessionsAfter === 'never' ? {} : { endSessionsAfter }),
    connectionReuse,
  };
}

/** In the order of the declaration: it is a ladder, and read from its lowest rung. */
function toDeepChecks(pool: Pool, path: Path, { secrets }: Secrets): ConfiguredDeepCheck[] {
  return Object.entries(pool.deepChecks ?? {}).map(([name, check]): ConfiguredDeepCheck => {
    const where = { name: name as ConfiguredDeepCheck['name'], path: [...path, name] };
    if (check.type === 'document') return { ...where, check };
    const { clientSecret, ...rest } = check;
    return { ...where, check: { ...rest, secret: expectFound(secrets.get(clientSecret.file), 'a secret') } };
  });
}

function expectFound<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Bug(`${what} passed validation but was not found`);
  return value;
}
