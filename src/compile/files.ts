import type { BackendIr, FileIr } from '../ir/haproxy.ts';
import { serverId } from '../ir/server-id.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { byCodeUnits } from '../kernel/order.ts';
import { remembered } from '../kernel/remembered.ts';
import type {
  Configuration,
  ConfiguredAuthority,
  ConfiguredCertificate,
  ConfiguredService,
} from '../model/configuration.ts';
import { authorityFile, certificateFile, certificateListFile, exemptFile, networksFile } from './names.ts';

/** The companion files of haproxy.cfg. */
export function compileFiles(configuration: Configuration, backends: readonly BackendIr[]): FileIr[] {
  return [
    ...configuration.certificates.map(certificateOf),
    ...configuration.authorities.map(authorityOf),
    ...configuration.virtualServices.flatMap(serviceFilesOf),
    ...backends.flatMap(drainedOf),
  ];
}

const certificateOf = remembered(
  ({ name, path, material }: ConfiguredCertificate): FileIr =>
    deepFreeze({
      kind: 'certificate',
      path: certificateFile(name),
      origin: path,
      chain: [...material.chain],
      key: material.key,
    }),
);

const authorityOf = remembered(
  ({ name, path, material }: ConfiguredAuthority): FileIr =>
    deepFreeze({
      kind: 'authority',
      path: authorityFile(name),
      origin: path,
      certificates: [...material.certificates],
    }),
);

const serviceFilesOf = remembered((service: ConfiguredService) => deepFreeze(compileServiceFiles(service)));

const drainedOf = remembered((backend: BackendIr) => deepFreeze(compileDrained(backend)));

function compileServiceFiles(service: ConfiguredService): FileIr[] {
  const files: FileIr[] = [];
  for (const listener of service.listeners) {
    if (listener.protocol !== 'https') continue;
    files.push({
      kind: 'certificate-list',
      path: certificateListFile(service.name, listener.address, listener.port),
      origin: listener.path,
      entries: listener.certificates.map((certificate) => ({ certificate: certificateFile(certificate) })),
    });
  }
  if (service.allow !== undefined) {
    files.push({
      kind: 'networks',
      purpose: 'access',
      path: networksFile(service.name),
      origin: service.path,
      networks: [...service.allow],
    });
  }
  if (service.limits !== undefined && service.limits.exempt.length > 0) {
    files.push({
      kind: 'networks',
      purpose: 'exempt',
      path: exemptFile(service.name),
      origin: service.path,
      networks: [...service.limits.exempt],
    });
  }
  return files;
}

/** Always there for a pool with persistence, so that a server can be drained without a reload. */
function compileDrained({ name: backend, origin, persistence, servers }: BackendIr): FileIr[] {
  if (persistence.kind === 'none') return [];
  const drained = servers.filter(({ admin }) => admin === 'drain').map(({ name }) => name);
  const entries = persistence.kind === 'cookie' ? drained : drained.map((name) => String(serverId(name)));
  const path = persistence.drainedList;
  return [{ kind: 'drained-servers', path, origin, backend, servers: entries.sort(byCodeUnits) }];
}
