import type { Note } from '../blueprints/noted.ts';
import type { Code } from '../kernel/codes.ts';
import type { Diagnostic, Finding, Location } from '../kernel/diagnostic.ts';
import { type Path, pathKey } from '../kernel/path.ts';
import { isPlain } from '../kernel/quote.ts';
import type { SourceTree } from './parse.ts';

/** Where a value of the expanded declaration comes from. */
export type Origin =
  | { readonly kind: 'written'; readonly path: Path; readonly location: Location }
  /** Made by a blueprint from a parameter that the operator wrote. */
  | { readonly kind: 'parameter'; readonly path: Path; readonly location: Location }
  /** Known to a blueprint. `path` is its use in the operator's file. */
  | { readonly kind: 'blueprint'; readonly path: Path; readonly location: Location; readonly source: string };

/** Findings that point at keys rather than at values. */
const aboutKeys: ReadonlySet<Code> = new Set([
  'unknown-key',
  'invalid-name',
  'duplicate-name',
  'unused-entry',
]);

/** A key may be anything, even a private key pasted into the wrong place: findings name it by its line only. */
function showable(path: Path): Path {
  const odd = path.findIndex((step) => typeof step === 'string' && !isPlain(step));
  return odd === -1 ? path : path.slice(0, odd);
}

/** The way from the expanded declaration back to what the operator wrote. */
export class Origins {
  readonly #source: SourceTree;
  /** By the key of `[section, name]` for entries that a blueprint made: the use in `services`. */
  readonly #uses = new Map<string, Path>();
  readonly #notes = new Map<string, Note>();

  constructor(source: SourceTree) {
    this.#source = source;
  }

  /** Records that a blueprint made an entry. @param use the path of its use, `['services', NAME]` */
  record(entry: Path, use: Path, notes: ReadonlyMap<string, Note>): void {
    this.#uses.set(pathKey(entry), use);
    for (const [key, note] of notes) this.#notes.set(key, note);
  }

  /** The origin of the value at a path of the expanded declaration. */
  of(path: Path): Origin {
    const use = this.#uses.get(pathKey(path.slice(0, 2)));
    if (use === undefined) return { kind: 'written', path, location: this.#source.locate(path) };
    for (let depth = path.length; depth >= 2; depth -= 1) {
      const note = this.#notes.get(pathKey(path.slice(0, depth)));
      if (note === undefined) continue;
      if (note.kind === 'source') {
        const from = [...use, ...(note.parameter ?? [])];
        return { kind: 'blueprint', path: from, location: this.#source.locate(use), source: note.source };
      }
      const parameter = [...use, ...note.path];
      return { kind: 'parameter', path: parameter, location: this.#source.locate(parameter) };
    }
    return { kind: 'written', path: use, location: this.#source.locate(use) };
  }

  /** A finding with the place that the operator must look at: the parameter, where a blueprint made the value. */
  diagnose(finding: Finding): Diagnostic {
    const path = this.#nearestWritten(finding.path);
    const prefer = aboutKeys.has(finding.code) ? 'key' : undefined;
    return { ...finding, path: showable(path), location: this.#source.locate(path, prefer) };
  }

  /** What the operator wrote to bring about the value at a path of the expanded declaration, and where. */
  cause(path: Path): { readonly path: Path; readonly location: Location } {
    const written = this.#nearestWritten(path);
    return { path: written, location: this.#source.locate(written) };
  }

  #nearestWritten(path: Path): Path {
    const use = this.#uses.get(pathKey(path.slice(0, 2)));
    if (use === undefined) return path;
    for (let depth = path.length; depth >= 2; depth -= 1) {
      const note = this.#notes.get(pathKey(path.slice(0, depth)));
      if (note?.kind === 'parameter') return [...use, ...note.path];
    }
    return use;
  }
}
