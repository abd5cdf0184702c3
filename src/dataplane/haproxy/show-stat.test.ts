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
  const columns = ['pxname', 'svname', 'last_chk', '-', 'unheard-of'];
  expect(rows?.map((row) => columns.map((column) => row.get(column)))).toEqual([
    ['be', 'a', 'say "no", then go', '-', undefined],
    ['be', 'BACKEND', undefined, '-', undefined],
  ]);
});

test('a line without a quote is read like one with', () => {
  expect(readCsv('a,,b\n\n"a",,b\nlast,')).toEqual([
    ['a', '', 'b'],
    ['a', '', 'b'],
    ['last', ''],
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
