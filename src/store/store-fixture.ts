import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileContent } from '../declaration/files.ts';
import type { Clock } from '../kernel/clock.ts';
import type { StoredDeclaration } from './revision.ts';
import type { RevisionDraft } from './revision-log.ts';

/** A clock that stands still until it is moved. */
export function standingClock(): Clock & { time: number } {
  return { time: 1_800_000_000_000, now: timeOfThis, sleep: () => Promise.resolve() };
}

function timeOfThis(this: { time: number }): number {
  return this.time;
}

/** A directory of its own, and how to remove it. */
export function temporaryDirectory(): { directory: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-store-'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export function readFileContent(bytes: string | Uint8Array, othersCanRead = false): FileContent {
  return { kind: 'read', bytes: new Uint8Array(Buffer.from(bytes)), othersCanRead };
}

export function declarationOf(
  text: string,
  files: Readonly<Record<string, FileContent>> = {},
): StoredDeclaration {
  return { file: 'site.yaml', text, files: new Map(Object.entries(files)) };
}

export function draftOf(declaration: StoredDeclaration, more: Partial<RevisionDraft> = {}): RevisionDraft {
  return { kind: 'apply', author: 'tester', generation: 1, forced: [], ...more, declaration };
}
