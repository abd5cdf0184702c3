import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { Diagnostic, Location } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  explainYaml,
  findBadNodes,
  findBomb,
  findBrokenText,
  mostAliases,
  type SyntaxProblem,
} from './syntax.ts';

/** A declaration as it was written: plain values, and the place of each of them in the text. */
export interface SourceTree {
  readonly file: string;
  /** Mappings are objects, sequences are arrays; nothing has been checked but that it is YAML. */
  readonly root: unknown;
  /**
   * The place of the node at a path, or of its nearest ancestor that was written. A value that is a mapping
   * or sequence is placed at its key, because that is where a reader looks.
   * @param prefer `key` to point at the key even when the value is a scalar
   */
  locate(path: Path, prefer?: 'key'): Location;
}

/** Characters. Room for about 20,000 services; a larger file is more likely the wrong file than a hospital. */
const largest = 16 * 1024 * 1024;

/** Of findings about syntax the first few help; the rest follow from them. */
const mostProblems = 20;

/** Text to tree. All findings are reported; a tree is given only when there are none. */
export function parseDeclaration(text: string, file: string): Result<SourceTree, Diagnostic[]> {
  const lines = new LineCounter();
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refuse = (...problems: readonly SyntaxProblem[]) =>
    err(
      problems.slice(0, mostProblems).map(
        ({ code, offset, what, mend }): Diagnostic => ({
          code,
          severity: 'error',
          path: [],
          location: at(offset),
          what,
          mend,
        }),
      ),
    );

  if (text.length > largest) {
    const what = `the file has ${text.length} characters, the limit is ${largest}`;
    return refuse({ code: 'file-too-large', offset: 0, what, mend: 'check that it is the right file' });
  }
  const broken = findBrokenText(text);
  if (broken !== undefined) {
    countLines(text, broken.offset, lines);
    return refuse(broken);
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      // Looked for in `findBadNodes`: the library compares every key of a mapping with every other.
      uniqueKeys: false,
      // Not `silent`: that would also hide that there are several documents. Nothing is printed at this level.
      logLevel: 'error',
    });
    const problems = [...document.errors, ...document.warnings];
    if (problems.some((problem) => /call stack/i.test(problem.message))) return refuse(tooDeep);
    if (problems.length > 0) return refuse(...explainYaml(text, document, problems));
    const { contents } = document;
    if (contents === null) return refuse(empty);
    const bad = findBadNodes(document, contents);
    if (bad.length > 0) return refuse(...bad);
    let root: unknown;
    try {
      root = document.toJS({ maxAliasCount: mostAliases });
    } catch (error) {
      // How the library says that aliases multiply.
      if (error instanceof ReferenceError) return refuse(findBomb(contents));
      throw error;
    }
    if (root === null) return refuse(empty);
    const index = new Index(contents);
    return ok({ file, root, locate: (path, prefer) => at(index.offsetOf(path, prefer)) });
  } catch (error) {
    // Nesting beyond the stack; every other exception is a bug.
    if (error instanceof RangeError) return refuse(tooDeep);
    throw error;
  }
}

const tooDeep: SyntaxProblem = {
  code: 'yaml-syntax',
  offset: 0,
  what: 'the file is nested too deeply',
  mend: 'check that it is the right file',
};

const empty: SyntaxProblem = {
  code: 'file-empty',
  offset: 0,
  what: 'the file holds no declaration',
  mend: 'write one with `aorta init`',
};

/** Tells a counter where lines begin when nothing was parsed. */
function countLines(text: string, end: number, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let next = text.indexOf('\n'); next !== -1 && next < end; next = text.indexOf('\n', next + 1)) {
    lines.addNewLine(next + 1);
  }
}

interface Member {
  readonly key: Node;
  readonly value: unknown;
}

/** Finds nodes by path. Mappings are indexed when they are first asked for, so that a large file costs no more per look. */
class Index {
  readonly #contents: Node;
  readonly #members = new WeakMap<YAMLMap, ReadonlyMap<string, Member>>();

  constructor(contents: Node) {
    this.#contents = contents;
  }

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
