import { isPlain, quote } from '../../kernel/quote.ts';
import type { Expectation } from '../../model/deep-check.ts';

/** A longer value is not repeated in a status. */
const longestShown = 40;

/**
 * What is wrong with the body of an answer, as a clause; undefined when it holds all that is expected.
 * @param mayQuote whether a short and plain value that was found may be repeated: never of an answer with patient data
 */
export function faultOfBody(
  body: Buffer,
  expectations: readonly Expectation[],
  mayQuote: boolean,
): string | undefined {
  if (expectations.length === 0) return undefined;
  const read = parseJson(body);
  if (read === undefined) return 'the answer is not JSON';
  for (const { pointer, equals } of expectations) {
    const found = valueAt(read.value, pointer);
    if (equals === undefined) {
      if (isEmpty(found)) return `${pointer} is missing`;
      continue;
    }
    if (textOf(found) === equals) continue;
    if (found === undefined) return `${pointer} is missing; ${quote(equals)} is expected`;
    const shown = mayQuote ? shownOf(found) : undefined;
    return `${pointer} is ${shown === undefined ? `not ${quote(equals)}` : `${shown} instead of ${quote(equals)}`}`;
  }
  return undefined;
}

/** JSON, or undefined. In a record, because JSON may be `null`. */
export function parseJson(body: Buffer): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The value at a JSON pointer (RFC 6901); undefined when there is none. */
export function valueAt(root: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((here, step) => {
      if (Array.isArray(here))
        return /^(?:0|[1-9]\d*)$/.test(step) ? (here[Number(step)] as unknown) : undefined;
      if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
      return (here as Readonly<Record<string, unknown>>)[step];
    }, root);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function shownOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && text.length <= longestShown && isPlain(text) ? quote(text) : undefined;
}
