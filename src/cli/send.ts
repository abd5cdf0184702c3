import type { ApplyRequest, SentFile } from '../contract/operations.ts';
import type { FileContent } from '../declaration/files.ts';
import type { CliContext } from './context.ts';
import { type Loaded, load } from './load.ts';
import { reportOutcome } from './outcome.ts';

/**
 * Reads a declaration and everything it names, as the controller takes it.
 * @returns undefined when it has errors; they have then been reported
 */
export async function prepare(
  file: string,
  asJson: boolean,
  context: CliContext,
): Promise<ApplyRequest | undefined> {
  const loaded = await load(file, context.now());
  if (loaded.configuration !== undefined) return toApplyRequest(loaded);
  reportOutcome({ outcome: 'invalid', evidence: [], findings: loaded.diagnostics }, asJson, context);
  return undefined;
}

function toApplyRequest({ file, text, contents }: Loaded): ApplyRequest {
  const files = Object.fromEntries([...contents].map(([name, content]) => [name, toSentFile(content)]));
  return { file, text, files };
}

function toSentFile(content: FileContent): SentFile {
  if (content.kind === 'unreadable') return content;
  const { bytes, othersCanRead } = content;
  return { kind: 'read', base64: Buffer.from(bytes).toString('base64'), othersCanRead };
}
