/** Lines of a text that are a mapping with one key by themselves, and the same as in the whole. */
export interface Piece {
  /** Where it begins in the whole. */
  readonly offset: number;
  readonly text: string;
}

/** One key of the whole, with what belongs to it. */
export interface PieceOfRoot extends Piece {
  /** The entries below the key, when they are pieces of their own; the text is then the line of the key alone. */
  readonly entries?: readonly Piece[];
}

const largeSection = 4_096;

const rootKey = /^[A-Za-z][A-Za-z0-9]*:(?: |$)/;
/** Nothing but a comment behind the key, so that what is below is its value. */
const keyAlone = /^[A-Za-z][A-Za-z0-9]*: *(?: #.*)?$/;
const entryKey = /^[A-Za-z0-9][A-Za-z0-9-]*:(?: |$)/;
const saysNothing = /^ *(?:#.*)?$/;

/**
 * Cuts a declaration between its keys, by the indentation of lines alone. Everything that YAML can begin in one line and
 * end in another (quotes, brackets, block scalars) ends before a line that is indented as little as the key above it, or
 * is an error. So pieces that are no error, each with its one key, mean together what the whole means.
 * @param large from so many characters on, a section is cut into its entries
 * @returns undefined for a text that is laid out in any other way: it is read as a whole
 */
export function cut(text: string, large = largeSection): PieceOfRoot[] | undefined {
  // Other ends of lines, and what stands before all lines, are left to who reads the whole.
  if (/[\r\t\ufeff]/.test(text)) return undefined;
  const blocks = cutAt(text, 0, 0, rootKey);
  return blocks?.map((block) => (block.text.length < large ? block : cutSection(block)));
}

/** A section that is laid out in another way stays one piece. */
function cutSection(block: Piece): PieceOfRoot {
  const begin = leading(block.text);
  const end = block.text.indexOf('\n', begin);
  if (end === -1 || !keyAlone.test(block.text.slice(begin, end))) return block;
  const body = block.text.slice(end + 1);
  const indentation = /^ *(?=[^ #\n])/m.exec(body)?.[0].length ?? 0;
  const entries = indentation === 0 ? undefined : cutAt(body, block.offset + end + 1, indentation, entryKey);
  if (entries === undefined) return block;
  return { offset: block.offset, text: block.text.slice(0, end + 1), entries };
}

/** How many characters stand before the first line that says something. */
function leading(text: string): number {
  return /^[^ #\n]/m.exec(text)?.index ?? text.length;
}

/** Pieces that begin with a key at an indentation. What is before the first one says nothing, and belongs to it. */
function cutAt(text: string, offset: number, indentation: number, key: RegExp): Piece[] | undefined {
  const pieces: Piece[] = [];
  let begin = 0;
  let any = false;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const next = end === -1 ? text.length : end + 1;
    const line = text.slice(at, end === -1 ? next : end);
    if (!saysNothing.test(line)) {
      const deep = line.search(/[^ ]/);
      if (deep < indentation) return undefined;
      if (deep === indentation) {
        if (!key.test(line.slice(indentation))) return undefined;
        if (any) {
          pieces.push({ offset: offset + begin, text: text.slice(begin, at) });
          begin = at;
        }
        any = true;
      } else if (!any) return undefined;
    }
    at = next;
  }
  if (!any) return undefined;
  pieces.push({ offset: offset + begin, text: text.slice(begin) });
  return pieces;
}
