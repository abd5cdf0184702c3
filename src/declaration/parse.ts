import { LineCounter, parseDocument } from 'yaml';
import type { Diagnostic, Location } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { NodePlaces } from './node-places.ts';
import { readPieces } from './read-pieces.ts';
import {
  explainYaml,
  findBadNodes,
  findBomb,
  findBrokenText,
  mostAliases,
  type SyntaxProblem,
  yamlOptions,
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

/** Characters. What is smaller is read in some milliseconds. */
const worthCutting = 64 * 1024;

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
  const pieces = text.length < worthCutting ? undefined : readPieces(text);
  if (pieces !== undefined) {
    const locate: SourceTree['locate'] = (path, prefer) => {
      if (lines.lineStarts.length === 0) countLines(text, text.length, lines);
      return at(pieces.offsetOf(path, prefer));
    };
    return ok({ file, root: pieces.root, locate });
  }
  try {
    const document = parseDocument(text, { ...yamlOptions, lineCounter: lines });
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
    const places = new NodePlaces(contents);
    return ok({ file, root, locate: (path, prefer) => at(places.offsetOf(path, prefer)) });
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
