import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasBeforeQuery } from './backend.ts';

/** What was read once is not read in another way: in JavaScript a look ahead does that. */
function javascript(expression: string): RegExp {
  const read = /^\^\(\?>(.*)\)\*\+\[\^\?\]$/s.exec(expression)?.[1]?.replaceAll('++', '+');
  expect(read).toBeDefined();
  return new RegExp(`^(?=((?:${read})*))\\1[^?]`);
}

const texts = ['%', '/v1/bulk', '/v2', '$export', '$everything', 'Binary', 'bulk-data-files', 'b-]c', '^d'];
const parts = [...texts, '/', '/v1', '/v3', '$', 'Bin', 'bulk', 'b-', '^', ']', 'x', '?', '', '0'];

test('finds a text before the question mark, and none behind it', () => {
  const expression = javascript(hasBeforeQuery(texts));
  const met = { found: 0, missed: 0 };
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 8 }), (some) => {
      const target = some.join('');
      const [path = ''] = target.split('?');
      const found = texts.some((text) => path.includes(text));
      met[found ? 'found' : 'missed'] += 1;
      expect(expression.test(target)).toBe(found);
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(met.found, met.missed)).toBeGreaterThan(100);
});
