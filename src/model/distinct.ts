import { z } from 'zod';

/** A list in which no value may stand twice: it would mean nothing, or hide a slip of the pen. */
export function distinct<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z.array(item).check(({ value, issues }) => {
    const seen = new Set<unknown>();
    for (const [index, one] of value.entries()) {
      if (seen.has(one)) {
        issues.push({ code: 'custom', message: 'is there twice: keep one', input: value, path: [index] });
      }
      seen.add(one);
    }
  });
}
