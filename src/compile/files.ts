import type { BackendIr, FileIr } from '../ir/haproxy.ts';
import { serverId } from '../ir/server-id.ts';
import { byCodeUnits } from '../kernel/order.ts';
import type { Configuration, ConfiguredService } from '../model/configuration.ts';
import { authorityFile, certificateFile, certificateListFile, networksFile } from './names.ts';

/** The companion files of haproxy.cfg. */
export function compileFiles(configuration: Configuration, backends: readonly BackendIr[]): FileIr[] {
  return [
    ...configuration.certificates.map(
      ({ name, path, material }): FileIr => ({
        kind: 'certificate',
        path: certificateFile(name),
        origin: path,
        chain: [...material.chain],
        key: material.key,
      }),
    ),
    ...configuration.authorities.map(
      ({ name, path, material }): FileIr => ({
        kind: 'authority',
        path: authorityFile(name),
        origin: path,
        certificates: [...material.certificates],
      }),
    ),
    ...configuration.virtualServices.flatMap(compileServiceFiles),
    ...backends.flatMap(compileDrained),
  ];
}

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
      path: networksFile(service.name),
      origin: service.path,
      networks: [...service.allow],
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
