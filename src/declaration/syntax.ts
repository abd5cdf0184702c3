import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  visit,
  type YAMLError,
} from 'yaml';
import type { Code } from '../kernel/codes.ts';

/** A refusal of the text itself, before anything in it has a meaning. */
export interface SyntaxProblem {
  readonly code: Code;
  /** From the start of the text. */
  readonly offset: number;
  readonly what: string;
  readonly mend: string;
}

/** How the library is to read. */
export const yamlOptions = {
  prettyErrors: false,
  stringKeys: true,
  // Looked for in `findBadNodes`: the library compares every key of a mapping with every other.
  uniqueKeys: false,
  // Not `silent`: that would also hide that there are several documents. Nothing is printed at this level.
  logLevel: 'error',
} as const;

/** Enough to share a few blocks; a bomb needs thousands. */
export const mostAliases = 100;

/** Where the text stops being text, if anywhere: decoding leaves U+FFFD for bytes that are not UTF-8. */
export function findBrokenText(text: string): SyntaxProblem | undefined {
  const offset = text.search(/[\0\ufffd]/);
  if (offset === -1) return undefined;
  return {
    code: 'yaml-syntax',
    offset,
    what: 'here the file is not UTF-8 text',
    mend: 'save it with the encoding UTF-8',
  };
}

/**
 * The complaints of the library in our words and in the order of the text. Its own messages are not repeated, because
 * they may quote the text.
 */
export function explainYaml(
  text: string,
  document: Document,
  errors: readonly YAMLError[],
): readonly SyntaxProblem[] {
  const problems = errors
    .map((error): SyntaxProblem => {
      const [code, what, mend] = wordsFor(error);
      return { code, offset: openingOf(text, document, error) ?? error.pos[0], what, mend };
    })
    .sort((a, b) => a.offset - b.offset);
  // What does not fit on a line is often found several times; the first says it.
  return problems.filter(({ code, offset }, index) => {
    const before = problems[index - 1];
    if (code !== 'yaml-syntax' || before === undefined || before.code !== code) return true;
    return text.slice(before.offset, offset).includes('\n');
  });
}

const columns = 'compare indentation, quotes and colons with the lines above';

function wordsFor(error: YAMLError): readonly [Code, what: string, mend: string] {
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return [
        'yaml-feature',
        'the file holds several documents',
        'keep one document and remove the line `---`',
      ];
    case 'NON_STRING_KEY':
      return ['yaml-feature', 'a key is not text', 'write a name as the key'];
    case 'TAG_RESOLVE_FAILED':
    case 'BAD_COLLECTION_TYPE':
      return noTags;
    case 'BAD_DIRECTIVE':
      return ['yaml-feature', 'directives are not used here', 'remove the line that begins with `%`'];
    case 'TAB_AS_INDENT':
      return ['yaml-syntax', 'a tab is used to indent', 'indent with blanks, two for each level'];
    case 'BAD_INDENT':
      if (isUnclosed(error)) return ['yaml-syntax', 'this bracket is not closed', 'close it'];
      return ['yaml-syntax', 'this is indented unlike the lines that it belongs to', 'align it with them'];
    case 'MISSING_CHAR':
      if (isUnclosed(error)) return ['yaml-syntax', 'this quote or bracket is not closed', 'close it'];
      return ['yaml-syntax', 'a colon, comma or blank is missing here', columns];
    case 'MULTILINE_IMPLICIT_KEY':
      return ['yaml-syntax', 'this line is not `key: value`', 'write a key, a colon, a blank and the value'];
    case 'BLOCK_AS_IMPLICIT_KEY':
      return ['yaml-syntax', 'there is a second colon in this line', 'put text that has a colon in quotes'];
    case 'BAD_SCALAR_START':
      return ['yaml-syntax', 'text cannot begin with this character', 'put the text in quotes'];
    case 'BAD_DQ_ESCAPE':
      return [
        'yaml-syntax',
        'a backslash in double quotes begins something unknown',
        'use single quotes, which take a backslash as it is',
      ];
    case 'KEY_OVER_1024_CHARS':
      return ['yaml-syntax', 'this key is too long', columns];
    default:
      return ['yaml-syntax', 'this does not fit here', columns];
  }
}

const noTags = [
  'yaml-feature',
  'tags are not used here',
  'remove the tag (the word that begins with `!`)',
] as const;

function isUnclosed({ code, message }: YAMLError): boolean {
  return (code === 'BAD_INDENT' || code === 'MISSING_CHAR') && /closing|end with a/.test(message);
}

/** Where the quote or bracket opens that is not closed: its missing end may be far away, at the end of the file. */
function openingOf(text: string, document: Document, error: YAMLError): number | undefined {
  if (!isUnclosed(error)) return undefined;
  let opening: number | undefined;
  visit(document, {
    Node(_key, node) {
      const range = (node as Partial<ParsedNode>).range;
      const closing = closingOf(node);
      if (!range || closing === undefined || range[0] > error.pos[0] || range[2] < error.pos[0]) return;
      if (range[1] - range[0] < 2 || text[range[1] - 1] !== closing) opening = range[0];
    },
  });
  return opening;
}

function closingOf(node: Node): string | undefined {
  if (isScalar(node))
    return node.type === 'QUOTE_DOUBLE' ? '"' : node.type === 'QUOTE_SINGLE' ? "'" : undefined;
  if (isMap(node) && node.flow === true) return '}';
  return isSeq(node) && node.flow === true ? ']' : undefined;
}

/** What can be parsed and is yet refused: keys that stand twice, tags, aliases that lead nowhere or everywhere. */
export function findBadNodes(document: Document, contents: Node): readonly SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  let aliases = 0;
  // Even the tags of YAML itself: they make sets, binary data and other things that no setting is.
  const refuseTag = (node: Node): void => {
    if (node.tag === undefined) return;
    const [code, what, mend] = noTags;
    problems.push({ code, offset: startOf(node) ?? 0, what, mend });
  };
  visit(contents, {
    // The most specific function is called, so this one is for scalars and sequences.
    Node(_key, node) {
      refuseTag(node);
    },
    Map(_key, node) {
      refuseTag(node);
      const keys = new Set<unknown>();
      for (const { key } of node.items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) {
          const [what, mend] = ['this key is already there', 'keep one of the two'];
          problems.push({ code: 'yaml-duplicate-key', offset: startOf(key) ?? 0, what, mend });
        }
        keys.add(key.value);
      }
    },
    Pair(_key, { key }) {
      // In a JavaScript object this key is not a member; it would be lost without a word.
      if (!isScalar(key) || key.value !== '__proto__') return undefined;
      const what = '"__proto__" cannot be used as a key';
      problems.push({ code: 'yaml-feature', offset: startOf(key) ?? 0, what, mend: 'use another name' });
      return undefined;
    },
    Alias(_key, alias, ancestors) {
      aliases += 1;
      const offset = startOf(alias) ?? 0;
      if (aliases > mostAliases) {
        problems.push(bomb(offset, `more than ${mostAliases} aliases`));
        return visit.BREAK;
      }
      const inside = ancestors.some((node) => (isMap(node) || isSeq(node)) && node.anchor === alias.source);
      if (inside) {
        problems.push(bomb(offset, 'an alias stands inside its own anchor'));
      } else if (alias.resolve(document) === undefined) {
        const mend = 'write the value out, or put text that begins with `*` in quotes';
        problems.push({ code: 'yaml-syntax', offset, what: 'an alias refers to no anchor before it', mend });
      }
      return undefined;
    },
  });
  return problems;
}

/** The refusal of aliases that multiply. */
export function findBomb(contents: Node): SyntaxProblem {
  let offset = 0;
  visit(contents, {
    Alias(_key, alias) {
      offset = startOf(alias) ?? 0;
      return visit.BREAK;
    },
  });
  return bomb(offset, 'aliases expand to far more nodes than were written');
}

function bomb(offset: number, what: string): SyntaxProblem {
  return { code: 'yaml-alias-bomb', offset, what, mend: 'write the values out' };
}

function startOf(node: Node): number | undefined {
  return (node as Partial<ParsedNode>).range?.[0];
}
