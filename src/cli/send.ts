import type { PlanRequest, SentFile } from '../contract/operations.ts';
import type { FileContent } from '../declaration/files.ts';
import type { Diagnostic } from '../kernel/diagnostic.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type Loaded, load } from './load.ts';

/** Reads a declaration and everything it names, as the controller takes it. @returns the findings when it has errors */
export async function prepare(
  file: string,
  now: number,
): Promise<Result<PlanRequest, readonly Diagnostic[]>> {
  const loaded = await load(file, now);
  return loaded.configuration === undefined ? err(loaded.diagnostics) : ok(toRequest(loaded));
}

function toRequest({ file, text, contents }: Loaded): PlanRequest {
  const files = Object.fromEntries([...contents].map(([name, content]) => [name, toSentFile(content)]));
  return { file, text, files };
}

export function toSentFile(content: FileContent): SentFile {
  if (content.kind === 'unreadable') return content;
  const { bytes, othersCanRead } = content;
  return { kind: 'read', base64: Buffer.from(bytes).toString('base64'), othersCanRead };
}
