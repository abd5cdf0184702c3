import type { ApplyRequest, SentFile } from '../contract/operations.ts';
import type { FileContent } from '../declaration/files.ts';
import type { Loaded } from './load.ts';

/** A loaded declaration as the controller takes it. */
export function toApplyRequest({ file, text, contents }: Loaded): ApplyRequest {
  const files = Object.fromEntries([...contents].map(([name, content]) => [name, toSentFile(content)]));
  return { file, text, files };
}

function toSentFile(content: FileContent): SentFile {
  if (content.kind === 'unreadable') return content;
  const { bytes, othersCanRead } = content;
  return { kind: 'read', base64: Buffer.from(bytes).toString('base64'), othersCanRead };
}
