import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from '../../../src/compile/compile.ts';
import { noServerState } from '../../../src/dataplane/haproxy/server-state.ts';
import { configure } from '../../../src/declaration/configure.ts';
import { readDraft } from '../../../src/declaration/draft.ts';
import { filesNeeded } from '../../../src/declaration/files.ts';
import type { Rendering } from '../../../src/ir/rendering.ts';
import { formatDiagnostic } from '../../../src/kernel/diagnostic.ts';
import { runtimeIn } from '../../../src/model/node-fixture.ts';
import { render } from '../../../src/render/render.ts';
import { readFiles } from '../../../src/store/declaration-files.ts';
import { writeRendering } from '../../harness/haproxy.ts';

/**
 * Takes a declaration the whole road to files, as the product does, and writes them with all that HAProxy needs beside
 * them. @returns what was written
 */
export async function writeRendered(text: string, directory: string): Promise<Rendering> {
  const draft = readDraft(text, 'aorta.yaml');
  if (!draft.ok) throw new Error(draft.error.map(formatDiagnostic).join('\n'));
  const files = await readFiles(filesNeeded(draft.value), directory);
  const { configuration, diagnostics } = configure(draft.value, files, Date.now());
  if (configuration === undefined) throw new Error(diagnostics.map(formatDiagnostic).join('\n'));
  const runtime = runtimeIn(directory);
  const ticketKeysFile = join(directory, 'ticket-keys');
  await writeFile(runtime.serverStateFile, noServerState);
  const keys = Array.from({ length: 3 }, () => `${randomBytes(80).toString('base64')}\n`);
  await writeFile(ticketKeysFile, keys.join(''), { mode: 0o600 });
  const rendering = render(compile(configuration, { runtime, ticketKeysFile }));
  await writeRendering(rendering, directory);
  return rendering;
}
