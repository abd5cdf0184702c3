import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Path } from '../kernel/path.ts';

interface Member {
  readonly key: Node;
  readonly value: unknown;
}

/** Finds nodes by path. Mappings are indexed when they are first asked for, so that a large file costs no more per look. */
export class NodePlaces {
  readonly #contents: Node;
  readonly #members = new WeakMap<YAMLMap, ReadonlyMap<string, Member>>();

  constructor(contents: Node) {
    this.#contents = contents;
  }

  /**
   * Where the node at a path begins, or its nearest ancestor that was written; of a mapping or sequence, its key.
   * @param prefer `key` to point at the key even when the value is a scalar
   */
  offsetOf(path: Path, prefer: 'key' | undefined): number {
    let node: unknown = this.#contents;
    let offset = startOf(node) ?? 0;
    for (const [depth, step] of path.entries()) {
      let key: unknown;
      if (isMap(node)) {
        const member = this.#membersOf(node).get(String(step));
        if (member === undefined) return offset;
        key = member.key;
        node = member.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        if (node === undefined) return offset;
      } else {
        // Behind an alias there are values, but the reader should look at the alias.
        return offset;
      }
      const last = depth === path.length - 1;
      const atKey =
        key !== undefined && (isMap(node) || isSeq(node) || isAlias(node) || (last && prefer === 'key'));
      offset = startOf(atKey ? key : node) ?? startOf(key) ?? offset;
    }
    return offset;
  }

  #membersOf(map: YAMLMap): ReadonlyMap<string, Member> {
    let members = this.#members.get(map);
    if (members === undefined) {
      members = new Map(
        map.items.flatMap(({ key, value }) =>
          isScalar(key) ? [[String(key.value), { key, value }] as const] : [],
        ),
      );
      this.#members.set(map, members);
    }
    return members;
  }
}

function startOf(node: unknown): number | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}
