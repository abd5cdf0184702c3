import { join } from 'node:path';

/** Where the files of one member of a pair are. */
export interface PairFilePaths {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** The member that is no node: who runs commands from another machine. */
export const operatorName = 'operator';

/** The name of the authority's own files; no member can have it. */
export const authorityName = 'authority';

/** The files of a member in a directory of keys. */
export function pairFiles(directory: string, name: string): PairFilePaths {
  return {
    authority: join(directory, `${authorityName}.pem`),
    certificate: join(directory, `${name}.pem`),
    key: join(directory, `${name}.key`),
  };
}

/** The key by which the authority vouches; needed only to make more certificates. */
export function authorityKeyFile(directory: string): string {
  return join(directory, `${authorityName}.key`);
}

/** The key that seals what nodes share; the same on all of them. */
export function sealKeyFile(directory: string): string {
  return join(directory, 'store.seal');
}

/** The list of the nodes in a directory of keys. */
export function nodeListFile(directory: string): string {
  return join(directory, 'nodes.yaml');
}
