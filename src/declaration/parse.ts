import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Code } from '../kernel/codes.ts';
import type { Diagnostic, Location } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import { err, ok, type Result } from '../kernel/result.ts';

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

/** Room for about 20,000 services; a larger file is more likely the wrong file than a hospital. */
const largest = 16 * 1024 * 1024;

/** Enough to share a few blocks; a bomb needs thousands. */
const mostAliases = 100;

/** Of findings about syntax the first few help; the rest follow from them. */
const mostProblems = 20;

const tooDeep = ['yaml-syntax', 'the file is nested too deeply', 'check that it is the right file'] as const;

/** Text to tree. All findings are reported; a tree is given only when there are none. */
export function parseDeclaration(text: string, file: string): Result<SourceTree, Diagnostic[]> {
  const start: Location = { file, line: 1, column: 1 };
  const refuse = (code: Code, what: string, mend: string, location: Location = start) =>
    err([{ code, severity: 'error' as const, path: [], location, what, mend }]);

  if (text.length > largest) {
    return refuse(
      'file-too-large',
      `the file has ${text.length} characters, the limit is ${largest}`,
      'check that it is the right file',
    );
  }
  const lines = new LineCounter();
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };

  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      // Not `silent`: that would also hide that there are several documents. Nothing is printed at this level.
      logLevel: 'error',
    });
    const problems = [...document.errors, ...document.warnings];
    if (problems.some((problem) => /call stack/i.test(problem.message))) return refuse(...tooDeep);
    if (problems.length > 0) {
      return err(problems.slice(0, mostProblems).map((problem) => toDiagnostic(problem, at)));
    }
    if (document.contents === null) {
      return refuse('file-empty', 'the file holds no declaration', 'write one with `aorta init`');
    }
    const contents: Node = document.contents;
    const alias = findBadAlias(document, contents);
    if (alias !== undefined) return refuse(alias.code, alias.what, alias.mend, at(alias.offset));
    const root: unknown = document.toJS({ maxAliasCount: mostAliases });
    return ok({ file, root, locate: (path, prefer) => at(offsetOf(contents, path, prefer)) });
  } catch (error) {
    // The two ways in which hostile text makes the library throw: nesting beyond the stack, aliases beyond the limit.
    if (error instanceof RangeError) return refuse(...tooDeep);
    if (error instanceof ReferenceError) {
      return refuse(
        'yaml-alias-bomb',
        'aliases expand to far more nodes than were written',
        'write the values out',
      );
    }
    throw error;
  }
}

function toDiagnostic(problem: YAMLError, at: (offset: number) => Location): Diagnostic {
  const place = { severity: 'error' as const, path: [], location: at(problem.pos[0]) };
  switch (problem.code) {
    case 'DUPLICATE_KEY':
      return {
        ...place,
        code: 'yaml-duplicate-key',
        what: 'this key is already there',
        mend: 'keep one of the two',
      };
    case 'MULTIPLE_DOCS':
      return {
        ...place,
        code: 'yaml-feature',
        what: 'the file holds several documents',
        mend: 'keep one document and remove the line `---`',
      };
    case 'NON_STRING_KEY':
      return { ...place, code: 'yaml-feature', what: 'a key is not text', mend: 'write a name as the key' };
    case 'TAG_RESOLVE_FAILED':
      return {
        ...place,
        code: 'yaml-feature',
        what: 'custom tags are not used here',
        mend: 'remove the tag (the word that begins with `!`)',
      };
    default:
      return {
        ...place,
        code: 'yaml-syntax',
        what: lowerFirst(problem.message.split('\n')[0] ?? 'not YAML'),
        mend: 'compare indentation, quotes and colons with the line above',
      };
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

interface BadAlias {
  readonly code: Code;
  readonly offset: number;
  readonly what: string;
  readonly mend: string;
}

function findBadAlias(document: Document, contents: Node): BadAlias | undefined {
  let aliases = 0;
  let bad: BadAlias | undefined;
  visit(contents, {
    Alias(_key, alias, ancestors) {
      aliases += 1;
      const offset = alias.range?.[0] ?? 0;
      const recursive = ancestors.some(
        (ancestor) => (isMap(ancestor) || isSeq(ancestor)) && ancestor.anchor === alias.source,
      );
      if (aliases > mostAliases || recursive) {
        const what = recursive ? 'an alias stands inside its own anchor' : `more than ${mostAliases} aliases`;
        bad = { code: 'yaml-alias-bomb', offset, what, mend: 'write the values out' };
      } else if (alias.resolve(document) === undefined) {
        const mend = 'write the value out, or put text that begins with `*` in quotes';
        bad = { code: 'yaml-syntax', offset, what: 'an alias refers to no anchor before it', mend };
      }
      return bad === undefined ? undefined : visit.BREAK;
    },
  });
  return bad;
}

function offsetOf(contents: Node, path: Path, prefer: 'key' | undefined): number {
  let node: unknown = contents;
  let offset = contents.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      key = pair.key;
      node = pair.value;
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

function startOf(node: unknown): number | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}
