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

/** A complaint of the library in our words. Its own messages may quote the text, so only some are repeated. */
export function explainYaml(problem: YAMLError): SyntaxProblem {
  const offset = problem.pos[0];
  switch (problem.code) {
    case 'DUPLICATE_KEY':
      return {
        code: 'yaml-duplicate-key',
        offset,
        what: 'this key is already there',
        mend: 'keep one of the two',
      };
    case 'MULTIPLE_DOCS':
      return {
        code: 'yaml-feature',
        offset,
        what: 'the file holds several documents',
        mend: 'keep one document and remove the line `---`',
      };
    case 'NON_STRING_KEY':
      return { code: 'yaml-feature', offset, what: 'a key is not text', mend: 'write a name as the key' };
    case 'TAG_RESOLVE_FAILED':
    case 'BAD_COLLECTION_TYPE':
      return {
        code: 'yaml-feature',
        offset,
        what: 'tags are not used here',
        mend: 'remove the tag (the word that begins with `!`)',
      };
    case 'BAD_DIRECTIVE':
      return {
        code: 'yaml-feature',
        offset,
        what: 'directives are not used here',
        mend: 'remove the line that begins with `%`',
      };
    case 'TAB_AS_INDENT':
      return {
        code: 'yaml-syntax',
        offset,
        what: 'a tab is used to indent',
        mend: 'indent with blanks, two for each level',
      };
    default:
      return {
        code: 'yaml-syntax',
        offset,
        what: describe(problem),
        mend: 'compare indentation, quotes and colons with the lines above',
      };
  }
}

function describe(problem: YAMLError): string {
  if (problem.code === 'BAD_DQ_ESCAPE') {
    return 'a backslash in double quotes begins something unknown; single quotes take backslashes as they are';
  }
  const [line = ''] = problem.message.split('\n');
  if (line.includes('extra characters') || !/^[\x20-\x7e]{1,120}$/.test(line))
    return 'this does not fit here';
  return line.charAt(0).toLowerCase() + line.slice(1);
}

/** What is good YAML and yet refused: aliases that lead nowhere or everywhere, keys that no mapping can hold. */
export function findBadNodes(document: Document, contents: Node): readonly SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  let aliases = 0;
  visit(contents, {
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
