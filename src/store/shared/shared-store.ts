import type { z } from 'zod';
import { Failure } from '../../kernel/failure.ts';
import { declarationDigest } from '../declaration-digest.ts';
import type { StoredDeclaration } from '../revision.ts';
import { fromRecord, toRecord } from './declaration-record.ts';
import { IntentsRecord, NodeReport, PairRecord } from './pair-record.ts';
import type { Seal } from './seal.ts';
import type { KeyWrite, SharedKeys } from './shared-keys.ts';

/** What is shared, as of one moment. */
export interface SharedView {
  readonly pair: PairRecord;
  /** By the name of the node; a node that is gone for good is here until somebody removes it. */
  readonly reports: ReadonlyMap<string, NodeReport>;
  /** The nodes whose controllers were there in the last seconds. */
  readonly present: ReadonlySet<string>;
  readonly intents: IntentsRecord;
  /** Of the records that several nodes write; absent: there is none yet. */
  readonly versions: { readonly pair?: string; readonly intents?: string };
}

/** How long a node counts as present after it was heard last, in milliseconds. */
const presence = 10_000;
/** Of a sealed record: etcd takes 1.5 MiB in one request by default, and Base64 adds a third. */
const largestPart = 512 * 1024;

const pairKey = 'aorta/now/pair';
const intentsKey = 'aorta/now/intents';
const reportPrefix = 'aorta/now/node/';
const presencePrefix = 'aorta/now/present/';

/**
 * What the nodes of a pair share: the declaration that all of them have, the change under way, the intents, and what
 * each says of itself. Everything is sealed. All methods throw Failure `store-unreachable`, and `store-unreadable` for
 * records that were sealed by another key or written by another version.
 */
export class SharedStore {
  readonly kind: 'etcd' | 'file';
  readonly #keys: SharedKeys;
  readonly #seal: Seal;
  readonly #node: string;

  constructor(kind: 'etcd' | 'file', keys: SharedKeys, seal: Seal, node: string) {
    this.kind = kind;
    this.#keys = keys;
    this.#seal = seal;
    this.#node = node;
  }

  /** Says that the controller of this node is there. To be called once a second. */
  async beat(): Promise<void> {
    await this.#keys.keepAlive(`${presencePrefix}${this.#node}`, presence);
  }

  async look(): Promise<SharedView> {
    const records = new Map((await this.#keys.read('aorta/now/')).map((record) => [record.key, record]));
    const open = <T>(key: string, schema: z.ZodType<T>): T | undefined => {
      const record = records.get(key);
      return record === undefined ? undefined : this.#open(record.value, key, schema);
    };
    const named = (prefix: string) =>
      [...records.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    const reports = new Map<string, NodeReport>();
    for (const name of named(reportPrefix)) {
      const report = open(`${reportPrefix}${name}`, NodeReport);
      if (report !== undefined) reports.set(name, report);
    }
    const [pair, intents] = [records.get(pairKey)?.version, records.get(intentsKey)?.version];
    return {
      pair: open(pairKey, PairRecord) ?? { format: 1, past: [] },
      reports,
      present: new Set(named(presencePrefix)),
      intents: open(intentsKey, IntentsRecord) ?? { format: 1, count: 0, intents: {} },
      versions: { ...(pair === undefined ? {} : { pair }), ...(intents === undefined ? {} : { intents }) },
    };
  }

  /** Says what this node has and thinks. */
  async report(report: NodeReport): Promise<void> {
    await this.#keys.write([this.#sealed(`${reportPrefix}${this.#node}`, report)]);
  }

  /** @returns false when somebody else wrote since it was looked at */
  agree(pair: PairRecord, { versions }: SharedView): Promise<boolean> {
    return this.#keys.write([this.#sealed(pairKey, pair)], expected(pairKey, versions.pair));
  }

  /** @returns false when somebody else wrote since it was looked at */
  intend(record: IntentsRecord, { versions }: SharedView): Promise<boolean> {
    return this.#keys.write([this.#sealed(intentsKey, record)], expected(intentsKey, versions.intents));
  }

  /** Keeps a declaration with its files. @param id of the change that brings it */
  async keep(id: string, declaration: StoredDeclaration): Promise<void> {
    const bytes = toRecord(declaration);
    for (let part = 0; part * largestPart < bytes.length; part += 1) {
      const key = partKey(id, part);
      const value = this.#seal.seal(bytes.subarray(part * largestPart, (part + 1) * largestPart), key);
      await this.#keys.write([{ key, value }]);
    }
  }

  /** The declaration of a change. @throws Failure `store-unreadable` when it is not there as a whole */
  async declaration({
    id,
    digest,
  }: {
    readonly id: string;
    readonly digest: string;
  }): Promise<StoredDeclaration> {
    const parts: Uint8Array[] = [];
    // One by one: all of them may be more than one answer of etcd takes.
    for (;;) {
      const key = partKey(id, parts.length);
      const [record] = await this.#keys.read(key);
      if (record === undefined) break;
      parts.push(this.#seal.open(record.value, key));
    }
    const declaration = fromRecord(Buffer.concat(parts));
    if (declaration === undefined || declarationDigest(declaration) !== digest) throw notWhole(id);
    return declaration;
  }

  /** Removes the declaration of a change that nobody will ask for. */
  async forget(id: string): Promise<void> {
    await this.#keys.remove(declarationPrefix(id));
  }

  close(): void {
    this.#keys.close();
  }

  #sealed(key: string, record: object): KeyWrite {
    return { key, value: this.#seal.seal(Buffer.from(JSON.stringify(record)), key) };
  }

  #open<T>(value: Uint8Array, key: string, schema: z.ZodType<T>): T {
    const json: unknown = JSON.parse(Buffer.from(this.#seal.open(value, key)).toString('utf8'));
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    // It was sealed by our key, so one of us wrote it.
    throw new Failure(
      'store-unreadable',
      `the record ${key} of the shared store was written by another version of Aorta`,
      'bring all nodes to the same version',
    );
  }
}

function expected(key: string, version: string | undefined) {
  return { key, ...(version === undefined ? {} : { version }) };
}

function declarationPrefix(id: string): string {
  return `aorta/declaration/${id}/`;
}

/** Three digits, so that the order of names is that of the parts. */
function partKey(id: string, part: number): string {
  return `${declarationPrefix(id)}${String(part).padStart(3, '0')}`;
}

function notWhole(id: string): Failure {
  return new Failure(
    'store-unreadable',
    `the declaration of the change ${id} is not in the shared store as a whole`,
    'apply the declaration again',
  );
}
