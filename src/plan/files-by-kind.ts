import type { FileIr, HaproxyIr } from '../ir/haproxy.ts';

export type FileOf<K extends FileIr['kind']> = Extract<FileIr, { readonly kind: K }>;

export function filesOf<K extends FileIr['kind']>({ files }: HaproxyIr, kind: K): FileOf<K>[] {
  return files.filter((file): file is FileOf<K> => file.kind === kind);
}
