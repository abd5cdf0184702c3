import { type Diagnostic, type Finding, sortDiagnostics } from '../kernel/diagnostic.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Name } from '../model/name.ts';
import type { NodeIdentity } from '../model/node.ts';
import type { NodeApi, NodeKeys } from '../model/node-api.ts';
import { NodeFile } from '../model/node-file.ts';
import type { NodeMetrics } from '../model/node-metrics.ts';
import type { NodeStore } from '../model/node-store.ts';
import { sealKeyFile } from '../pki/pair-files.ts';
import { Origins } from './origins.ts';
import { parseDeclaration } from './parse.ts';
import { checkShape, shapeOf } from './shape.ts';

const shape = shapeOf(NodeFile);

/** How a node file is begun, for whoever has none. */
export const nodeFileHint = 'write `node: NAME` and `interface: NAME`';

/** By which keys a node shows the others who it is. */
export interface NamedKeys {
  readonly node: Name;
  /** Paths are as they were written. */
  readonly keys: NodeKeys;
}

/** Where the controller of a node answers over the network, and by which keys. */
export interface NetworkApi extends NodeApi, NamedKeys {}
/** What a node shares with the others, and where. */
export interface SharedStoreSettings {
  readonly node: Name;
  readonly store: NodeStore;
  /** Paths are as they were written; absent: none are named. */
  readonly keys?: NodeKeys;
  /** The file of the key that seals; as it was written. */
  readonly sealKey: string;
}

/** What a machine says of itself. */
export interface NodeSettings {
  /** Absent: it cannot take part in a pair. */
  readonly identity?: NodeIdentity;
  /** Absent: the controller answers on its socket only. */
  readonly api?: NetworkApi;
  /** Absent: it shares no state with other nodes. */
  readonly keys?: NamedKeys;
  /** Absent: metrics are read on its control socket only. */
  readonly metrics?: NodeMetrics;
  /** Absent: it shares nothing. */
  readonly store?: SharedStoreSettings;
}

/** The text of a node file to what it says. All findings are reported, at their places in it. */
export function readNodeFile(text: string, file: string): Result<NodeSettings, readonly Diagnostic[]> {
  const parsed = parseDeclaration(text, file);
  if (!parsed.ok) return err(parsed.error.map(aboutNodeFile));
  const { value, findings } = checkShape(shape, parsed.value.root, []);
  const all = [
    ...findings,
    ...(value?.api !== undefined && value.keys === undefined ? [withoutKeys] : []),
    ...(value?.store === undefined ? [] : judgeStore(value.store, value.keys)),
  ];
  if (value === undefined || all.length > 0) {
    const origins = new Origins(parsed.value);
    return err(sortDiagnostics(all.map((finding) => origins.diagnose(finding))));
  }
  const { node: name, interface: front, serverInterface, api, keys, store, metrics } = value;
  const sealKey = store && sealKeyOf(store, keys);
  const servers = serverInterface === undefined ? {} : { serverInterface };
  return ok({
    ...(front === undefined ? {} : { identity: { name, interface: front, ...servers } }),
    ...(api === undefined || keys === undefined ? {} : { api: { ...api, node: name, keys } }),
    ...(keys === undefined ? {} : { keys: { node: name, keys } }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(store === undefined || sealKey === undefined
      ? {}
      : { store: { node: name, store, sealKey, ...(keys === undefined ? {} : { keys }) } }),
  });
}

const withoutKeys: Finding = {
  code: 'missing-key',
  severity: 'error',
  path: ['api'],
  what: '"keys" is missing',
  why: 'nobody is answered over the network who does not show a certificate of the pair',
  mend: 'add it: the directory of the files that `aorta pair keys` made for this node',
};

/** What the store needs besides. */
function* judgeStore(store: NodeStore, keys: NodeKeys | undefined): Iterable<Finding> {
  const error = { code: 'missing-key', severity: 'error', path: ['store'] } as const;
  if (store.kind === 'etcd' && keys === undefined && store.members.some((url) => url.startsWith('https:'))) {
    yield {
      ...error,
      what: '"keys" is missing',
      why: 'etcd answers those only who show a certificate of the pair',
      mend: 'add it: the directory of the files that `aorta pair keys` made for this node',
    };
  }
  if (sealKeyOf(store, keys) === undefined) {
    yield {
      ...error,
      what: '"sealKey" is missing',
      why: 'nothing leaves this machine that is not sealed: there are private keys in it',
      mend: 'add it: the path of the store.seal that `aorta pair keys` made',
    };
  }
}

function sealKeyOf({ sealKey }: NodeStore, keys: NodeKeys | undefined): string | undefined {
  if (sealKey !== undefined) return sealKey;
  return keys?.kind === 'directory' ? sealKeyFile(keys.directory) : undefined;
}

/** The parser speaks of declarations, where it says what the text should have been. */
function aboutNodeFile(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.code !== 'file-empty') return diagnostic;
  return { ...diagnostic, what: 'the file is empty', mend: nodeFileHint };
}
