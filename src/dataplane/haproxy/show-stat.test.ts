import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStatistics } from './show-stat.ts';

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

test('a line without a quote is read like one with, in whatever order columns are asked for', () => {
  const rows = readStatistics('# a,b,c,d\n1,,3\n\n"1",,3\nlast,\nx,y,z,w');
  const orders = [
    ['a', 'b', 'c', 'd'],
    ['d', 'c', 'b', 'a'],
    ['c', 'c', 'a', 'd'],
  ];
  expect(orders.map((order) => rows?.map((row) => order.map((column) => row.get(column))))).toEqual([
    [
      ['1', undefined, '3', undefined],
      ['1', undefined, '3', undefined],
      ['last', undefined, undefined, undefined],
      ['x', 'y', 'z', 'w'],
    ],
    [
      [undefined, '3', undefined, '1'],
      [undefined, '3', undefined, '1'],
      [undefined, undefined, undefined, 'last'],
      ['w', 'z', 'y', 'x'],
    ],
    [
      ['3', '3', '1', undefined],
      ['3', '3', '1', undefined],
      [undefined, undefined, 'last', undefined],
      ['z', 'z', 'x', 'w'],
    ],
  ]);
});

test('every table that is written as CSV is read back, whether or not values are quoted without need', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', 'é') });
  const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 5 });
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const write = (rows: string[][], all: boolean) =>
    rows.map(
      (row) => `${row.map((value) => (all || /[,"\n]/.test(value) ? quoted(value) : value)).join(',')}\n`,
    );
  fc.assert(
    fc.property(table, fc.boolean(), (rows, all) => {
      const read = readStatistics(`# a,b,c\n${write(rows, all).join('')}`);
      const found = read?.map((row) => ['a', 'b', 'c'].map((column) => row.get(column) ?? ''));
      expect(found).toEqual(rows);
    }),
  );
});
