import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** What a file says, or what is wrong with it: every finding as `file:line:column path: what`. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly findings: readonly string[] };

/** Reads YAML by a schema. @param label the file name printed in findings */
export function readPositioned<T>(text: string, label: string, schema: z.ZodType<T>): Read<T> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const place = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${label}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const findings = document.errors.map(
      ({ message, pos }) => `${place(pos[0])} ${message.split('\n')[0] ?? message}`,
    );
    return { ok: false, findings };
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return { ok: true, value: result.data };
  const findings = result.error.issues.map(
    ({ path, message }) => `${place(offsetOf(document, path))} ${path.join('.')}: ${message}`,
  );
  return { ok: false, findings };
}

/** Where the node at `path` starts, or its nearest ancestor when the node is missing. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      const start: unknown = node.range[0];
      if (typeof start === 'number') return start;
    }
  }
  return 0;
}
