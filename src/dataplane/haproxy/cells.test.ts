import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cells } from './cells.ts';

function firstLine(text: string): Cells {
  const cells = Cells.ofStatistics(Buffer.from(text));
  if (cells?.next() !== true) throw new Error('no line');
  return cells;
}

test('a number is what it is as a text, whatever stands there', () => {
  const texts = fc.oneof(
    fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
    fc.string({ unit: fc.constantFrom('0', '7', '9', '-', '.', ' ', 'e', 'é'), minLength: 1 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(firstLine(`# a,b\nx,${text}\n`).number('b')).toBe(Number(text));
    }),
  );
});

test('what is absent is what the asker says, and a column without a name is no other', () => {
  const line = firstLine('# a,b,c,\n,1\n');
  expect([line.number('a'), line.number('a', -1), line.number('b', -1)]).toEqual([0, -1, 1]);
  expect([line.number('c', -1), line.number('d', -1)]).toEqual([-1, -1]);
  expect([line.is('a', ''), line.is('b', '1'), line.is('b', '11'), line.is('c', '')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('a text that is there already is given again, and never one that only looks alike in bytes', () => {
  const cells = Cells.ofStatistics(Buffer.from('# a,b\nsame,é\nsame,Ã©\nsame,é\n'));
  const likely = ['sa', 'me'].join('');
  const found: (string | undefined)[] = [];
  while (cells?.next() === true) found.push(cells.get('a', likely), cells.get('b', 'Ã©'));
  expect(found).toEqual(['same', 'é', 'same', 'Ã©', 'same', 'é']);
});

test('a value that does not end is no line', () => {
  const cells = Cells.ofStatistics(Buffer.from('# a,b\n1,2\n3,"4\n5,6\n'));
  expect(cells?.next()).toBe(true);
  expect(cells?.next()).toBe(false);
  expect(cells?.next()).toBe(false);
});
