import { gunzipSync, gzipSync } from 'node:zlib';
import type { StoredDeclaration } from '../revision.ts';
import { DeclarationRecord } from './pair-record.ts';

/** A declaration with its files as one run of bytes. */
export function toRecord({ file, text, files }: StoredDeclaration): Uint8Array {
  const record = {
    format: 1,
    file,
    text,
    files: Object.fromEntries(
      [...files].map(([name, content]) => [
        name,
        content.kind === 'unreadable'
          ? content
          : {
              kind: 'read',
              base64: Buffer.from(content.bytes).toString('base64'),
              othersCanRead: content.othersCanRead,
            },
      ]),
    ),
  };
  return gzipSync(JSON.stringify(record));
}

/** @returns undefined for what {@link toRecord} did not write */
export function fromRecord(bytes: Uint8Array): StoredDeclaration | undefined {
  const parsed = DeclarationRecord.safeParse(jsonIn(bytes));
  if (!parsed.success) return undefined;
  const { file, text, files } = parsed.data;
  return {
    file,
    text,
    files: new Map(
      Object.entries(files).map(([name, content]) => [
        name,
        content.kind === 'unreadable'
          ? content
          : {
              kind: 'read',
              bytes: Buffer.from(content.base64, 'base64'),
              othersCanRead: content.othersCanRead,
            },
      ]),
    ),
  };
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(gunzipSync(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
