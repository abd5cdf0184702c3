import type { FileIr } from '../ir/haproxy.ts';
import type { Configuration, ConfiguredService } from '../model/configuration.ts';
import { authorityFile, certificateFile, certificateListFile, networksFile } from './names.ts';

/** The companion files of haproxy.cfg. */
export function compileFiles(configuration: Configuration): FileIr[] {
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
