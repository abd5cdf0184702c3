import { Bug } from '../kernel/bug.ts';
import { type Diagnostic, formatDiagnostic, hasErrors, sortDiagnostics } from '../kernel/diagnostic.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { byCodeUnits, sortedEntries } from '../kernel/order.ts';
import type { Path } from '../kernel/path.ts';
import type { Port } from '../model/address.ts';
import type {
  Configuration,
  ConfiguredListener,
  ConfiguredPool,
  ConfiguredServer,
  ConfiguredService,
} from '../model/configuration.ts';
import type { Listener } from '../model/listener.ts';
import type { Pool } from '../model/pool.ts';
import type { VirtualService } from '../model/virtual-service.ts';
import { type Materials, readMaterials } from './certificates.ts';
import type { Draft, Section } from './draft.ts';
import type { FileContents } from './files.ts';
import { listeners } from './rules/listeners.ts';
import { pools } from './rules/pools.ts';
import { references } from './rules/references.ts';
import { type Rule, type Sound, sound } from './rules/rule.ts';
import { services } from './rules/services.ts';

const rules: readonly Rule[] = [services, references, listeners, pools];

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
  const findings = [...draft.findings, ...rules.flatMap((rule) => [...rule(draft)]), ...materials.findings];
  const diagnostics = withoutRepeats(
    sortDiagnostics(findings.map((finding) => draft.origins.diagnose(finding))),
  );
  if (hasErrors(diagnostics)) return { diagnostics };
  return { configuration: deepFreeze(toConfiguration(draft, materials)), diagnostics };
}

/** Two services of one blueprint share their parameters, and so the findings about them. */
function withoutRepeats(sortedDiagnostics: readonly Diagnostic[]): Diagnostic[] {
  return sortedDiagnostics.filter((diagnostic, index) => {
    const before = sortedDiagnostics[index - 1];
    return before === undefined || formatDiagnostic(before) !== formatDiagnostic(diagnostic);
  });
}

function toConfiguration(draft: Draft, materials: Materials): Configuration {
  const virtualServices = sorted(draft.virtualServices).map((service) => toService(service, draft));
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
  };
}

function sorted<T>(section: Section<T>): Sound<T>[] {
  return [...sound(section)].sort((a, b) => byCodeUnits(a.name, b.name));
}

function toService({ name, path, value }: Sound<VirtualService>, draft: Draft): ConfiguredService {
  return {
    name,
    path,
    hostnames: value.hostnames,
    listeners: toListeners(value.listeners, [...path, 'listeners']),
    ...(value.accessList === undefined ? {} : { allow: value.accessList.allow }),
    pool: toPool(value.pool, [...path, 'pool'], draft),
    timeouts: value.timeouts,
    ...(value.hsts === undefined ? {} : { hstsMaxAge: value.hsts.maxAge }),
    errorAnswers: value.errorAnswers,
    accessLog: value.accessLog,
    maxConnections: value.maxConnections,
  };
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

function toPool(pool: Pool, path: Path, draft: Draft): ConfiguredPool {
  const { tls, passiveCheck, outlierDetection, balance, persistence, healthCheck, retry, connectionReuse } =
    pool;
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
    ...(passiveCheck === undefined ? {} : { passiveCheck }),
    ...(outlierDetection === undefined ? {} : { outlierDetection }),
    ...(tls === undefined ? {} : { tls }),
    retry,
    connectionReuse,
  };
}

function expectFound<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Bug(`${what} passed validation but was not found`);
  return value;
}
