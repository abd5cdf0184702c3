import { basename, dirname, join } from 'node:path';
import { adviseNode } from '../declaration/advise-node.ts';
import { judgeNode } from '../declaration/judge-node.ts';
import { type NodeSettings, readNodeFile } from '../declaration/node-file.ts';
import { type Diagnostic, sortDiagnostics } from '../kernel/diagnostic.ts';
import { ok, type Result } from '../kernel/result.ts';
import type { NodeIdentity, NodeSharing } from '../model/node.ts';
import { readNodeText, readNodeTextIfThere } from '../store/declaration-files.ts';
import { readNodeKeys } from '../store/pair-key-files.ts';
import { type Loaded, load } from './load.ts';

const usualName = 'node.yaml';

/** What a machine says of itself, and where: paths in it are relative to that directory. */
export interface LoadedNode extends NodeSettings {
  readonly directory: string;
}

/** Reads a node file. @throws Failure `file-unreadable` when it cannot be read */
export async function loadNode(file: string): Promise<Result<LoadedNode, readonly Diagnostic[]>> {
  return readFrom(await readNodeText(file), file);
}

/** Reads the node file of a state directory. Most machines have none. @throws Failure `file-unreadable` */
export async function loadNodeOf(
  state: string,
): Promise<Result<LoadedNode | undefined, readonly Diagnostic[]>> {
  const file = join(state, usualName);
  const text = await readNodeTextIfThere(file);
  return text === undefined ? ok(undefined) : readFrom(text, file);
}

function readFrom(text: string, file: string): Result<LoadedNode, readonly Diagnostic[]> {
  const read = readNodeFile(text, basename(file));
  return read.ok ? ok({ ...read.value, directory: dirname(file) }) : read;
}

/** A declaration as one machine takes it. */
export interface LoadedFor extends Loaded {
  /** Absent: no machine was named, or its node file is wrong. */
  readonly node?: NodeIdentity;
  /** The same, or it has no keys. */
  readonly sharing?: NodeSharing;
}

/**
 * Reads and validates a declaration, and whether a machine can take part in the pair that it may be about.
 * @param nodeFile of the machine; absent: the declaration is looked at by itself
 * @throws Failure `file-unreadable` when one of the two files cannot be read, and what is wrong with the keys of the node
 */
export async function loadFor(file: string, nodeFile: string | undefined, now: number): Promise<LoadedFor> {
  const loaded = await load(file, now);
  if (nodeFile === undefined) return loaded;
  const { configuration, draft, ...rest } = loaded;
  const refused = (findings: readonly Diagnostic[]): LoadedFor => ({
    ...rest,
    ...(draft === undefined ? {} : { draft }),
    diagnostics: [...findings, ...rest.diagnostics],
  });
  const node = await loadNode(nodeFile);
  if (!node.ok) return refused(node.error);
  if (configuration === undefined || draft === undefined) return loaded;
  const { identity, api, keys, directory } = node.value;
  const findings = [...judgeNode(configuration, identity === undefined ? {} : { node: identity })];
  if (findings.length > 0) return refused(findings.map((finding) => draft.origins.diagnose(finding)));
  const sharing: NodeSharing | undefined =
    keys === undefined
      ? undefined
      : {
          ...(await readNodeKeys(keys, directory, now)),
          ...(api === undefined ? {} : { apiPort: api.port }),
        };
  const advice = [...adviseNode(configuration, sharing)].map((finding) => draft.origins.diagnose(finding));
  return {
    ...loaded,
    diagnostics: sortDiagnostics([...advice, ...loaded.diagnostics]),
    ...(identity === undefined ? {} : { node: identity }),
    ...(sharing === undefined ? {} : { sharing }),
  };
}
