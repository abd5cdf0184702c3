import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv, readStatistics } from './show-stat.ts';

test('text without a header is no statistics', () => {
  expect(readStatistics('')).toBeUndefined();
  expect(readStatistics('fe,FRONTEND\n')).toBeUndefined();
});

test('columns are found by name, and empty ones are absent', () => {
  const rows = readStatistics(
    '# pxname,svname,last_chk,-,\nbe,a,"say ""no"", then go",-,\nbe,BACKEND,,-,\n\n',
  );
  expect(rows?.map((row) => [...row])).toEqual([
    [
      ['pxname', 'be'],
      ['svname', 'a'],
      ['last_chk', 'say "no", then go'],
      ['-', '-'],
    ],
    [
      ['pxname', 'be'],
      ['svname', 'BACKEND'],
      ['-', '-'],
    ],
  ]);
});

test('every table that is written as CSV is read back', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', 'é') });
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 4 });
  const write = (rows: string[][]) =>
    rows.map((row) => `${row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`).join('');
  fc.assert(
    fc.property(table, (rows) => {
      expect(readCsv(write(rows))).toEqual(rows);
    }),
  );
});
