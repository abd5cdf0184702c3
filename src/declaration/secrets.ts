import type { Finding } from '../kernel/diagnostic.ts';
import { quote } from '../kernel/quote.ts';
import { Secret } from '../kernel/secret.ts';
import type { Draft } from './draft.ts';
import { type FileContents, secretsNeeded } from './files.ts';

/** What the files with the secrets of deep checks held. */
export interface Secrets {
  /** By the name of the file in the declaration. */
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly findings: readonly Finding[];
}

/** Longer than any secret that a server gives out; a certificate or a page of text that was named by mistake. */
const longest = 1_024;

/** Reads the secrets. A file that could not be read is reported with the others. */
export function readSecrets(draft: Draft, files: FileContents): Secrets {
  const secrets = new Map<string, Secret>();
  const findings: Finding[] = [];
  for (const { file, path } of secretsNeeded(draft)) {
    const content = files.get(file);
    if (content?.kind !== 'read') continue;
    const line = firstLine(content.bytes);
    const fault = faultOf(line);
    if (line !== undefined && fault === undefined) {
      secrets.set(file, new Secret(line));
      continue;
    }
    findings.push({
      code: 'secret-unusable',
      severity: 'error',
      path,
      what: `${quote(file)} holds no secret: ${fault ?? 'its first line is not text'}`,
      mend: 'write the secret, and nothing else, in the first line of the file',
    });
  }
  return { secrets, findings };
}

function firstLine(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).split(/\r?\n/, 1)[0];
  } catch {
    return undefined;
  }
}

/** A clause that does not quote it. */
function faultOf(line: string | undefined): string | undefined {
  if (line === undefined) return 'its first line is not text';
  if (line === '') return 'its first line is empty';
  if (line.length > longest) return `its first line is longer than ${longest} characters`;
  if (/\p{Cc}/u.test(line)) return 'its first line has control characters';
  if (line.startsWith('-----BEGIN ')) return 'it is a PEM file';
  return line === line.trim() ? undefined : 'its first line begins or ends with a blank';
}
