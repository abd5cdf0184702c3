import type { PlanRequest, SentFile } from '../contract/operations.ts';
import type { FileContent } from '../declaration/files.ts';
import type { StoredDeclaration } from '../store/revision.ts';

/** What a client sent, as it is stored. */
export function toStored({ file, text, files }: PlanRequest): StoredDeclaration {
  return {
    file,
    text,
    files: new Map(Object.entries(files).map(([name, sent]) => [name, toFileContent(sent)])),
  };
}

export function toFileContent(file: SentFile): FileContent {
  if (file.kind === 'unreadable') return file;
  return { kind: 'read', bytes: Buffer.from(file.base64, 'base64'), othersCanRead: file.othersCanRead };
}
