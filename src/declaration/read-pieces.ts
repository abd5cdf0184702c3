import { isMap, isScalar, parseDocument, visit } from 'yaml';
import { deepFreeze } from '../kernel/freeze.ts';
import type { Path } from '../kernel/path.ts';
import { cut, type Piece } from './cut.ts';
import { NodePlaces } from './node-places.ts';
import { findBadNodes, yamlOptions } from './syntax.ts';

/** What a text says, and where. */
export interface PiecesRead {
  readonly root: unknown;
  /** See {@link NodePlaces}. */
  offsetOf(path: Path, prefer: 'key' | undefined): number;
}

/** A piece that has been read: a mapping with one key. Offsets are those of the piece. */
interface Read {
  readonly key: string;
  readonly value: unknown;
  readonly places: NodePlaces;
}

/** One key of the whole. */
interface Section {
  readonly piece: Piece;
  readonly read: Read;
  /** Its entries by their keys, when they were cut. */
  readonly entries?: ReadonlyMap<string, { readonly piece: Piece; readonly read: Read }>;
}

/** What was read last, by its text: most changes of a large declaration are about one entry of a thousand. */
let known: ReadonlyMap<string, Read> = new Map();

/**
 * Reads a declaration piece by piece, and what was read before not again.
 * @param large see {@link cut}
 * @returns undefined when anything about it is out of the ordinary, a mistake included: who reads the whole says what
 */
export function readPieces(text: string, large?: number): PiecesRead | undefined {
  const pieces = cut(text, large);
  if (pieces === undefined) return undefined;
  const used = new Map<string, Read>();
  const readOne = ({ text: own }: Piece): Read | undefined => {
    const read = used.get(own) ?? known.get(own) ?? readPiece(own);
    if (read !== undefined) used.set(own, read);
    return read;
  };
  const sections = new Map<string, Section>();
  for (const piece of pieces) {
    const read = readOne(piece);
    if (read === undefined || sections.has(read.key)) return undefined;
    if (piece.entries === undefined) {
      sections.set(read.key, { piece, read });
      continue;
    }
    const entries = new Map<string, { piece: Piece; read: Read }>();
    for (const entry of piece.entries) {
      const found = readOne(entry);
      if (found === undefined || entries.has(found.key)) return undefined;
      entries.set(found.key, { piece: entry, read: found });
    }
    sections.set(read.key, { piece, read, entries });
  }
  known = used;
  return { root: rootOf(sections), offsetOf: (path, prefer) => offsetIn(sections, path, prefer) };
}

function rootOf(sections: ReadonlyMap<string, Section>): unknown {
  return Object.fromEntries(
    [...sections].map(([key, { read, entries }]) => [
      key,
      entries === undefined
        ? read.value
        : Object.fromEntries([...entries].map(([name, one]) => [name, one.read.value])),
    ]),
  );
}

function offsetIn(sections: ReadonlyMap<string, Section>, path: Path, prefer: 'key' | undefined): number {
  const [first, second] = path;
  const section = first === undefined ? undefined : sections.get(String(first));
  if (section === undefined) {
    const [top] = sections.values();
    return top === undefined ? 0 : top.piece.offset + top.read.places.offsetOf([], undefined);
  }
  const { piece, read, entries } = section;
  if (entries === undefined) return piece.offset + read.places.offsetOf(path, prefer);
  const entry = second === undefined ? undefined : entries.get(String(second));
  // A section with entries is a mapping, and so placed at its key.
  if (entry === undefined) return piece.offset + read.places.offsetOf([read.key], 'key');
  return entry.piece.offset + entry.read.places.offsetOf(path.slice(1), prefer);
}

/** Undefined for a piece with a mistake, or with anything that could mean something else in the whole. */
function readPiece(text: string): Read | undefined {
  try {
    const document = parseDocument(text, yamlOptions);
    const { contents } = document;
    if (document.errors.length > 0 || document.warnings.length > 0 || !isMap(contents)) return undefined;
    const [pair, ...others] = contents.items;
    if (!isScalar(pair?.key) || others.length > 0) return undefined;
    // Aliases lead to anchors that may stand elsewhere, and are counted in the whole.
    if (hasAlias(document) || findBadNodes(document, contents).length > 0) return undefined;
    const [entry] = Object.entries(document.toJS() as Readonly<Record<string, unknown>>);
    if (entry === undefined) return undefined;
    return { key: entry[0], value: deepFreeze(entry[1]), places: new NodePlaces(contents) };
  } catch (error) {
    // Nesting beyond the stack; every other exception is a bug.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function hasAlias(document: Parameters<typeof findBadNodes>[0]): boolean {
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}
