import { expect, test } from 'vitest';
import type { ReadyNode } from './ready-nodes.ts';
import { rollOrder } from './roll-order.ts';

/** Guards that a change is tried where nobody feels it. @param names `lb-a*` is one that holds an address, `lb-a**` two */
const order = (...names: readonly string[]) =>
  rollOrder(names.map((name) => ({ node: { name }, holds: name.length - 4 }) as unknown as ReadyNode)).map(
    ({ node }) => node.name,
  );

test('whoever holds more addresses is changed later, and else the one that was named first', () => {
  expect(order('lb-a*', 'lb-b')).toEqual(['lb-b', 'lb-a*']);
  expect(order('lb-a', 'lb-b*')).toEqual(['lb-a', 'lb-b*']);
  expect(order('lb-a', 'lb-b')).toEqual(['lb-b', 'lb-a']);
  expect(order('lb-a', 'lb-b*', 'lb-c')).toEqual(['lb-c', 'lb-a', 'lb-b*']);
  expect(order('lb-a**', 'lb-b*', 'lb-c*')).toEqual(['lb-c*', 'lb-b*', 'lb-a**']);
  expect(order('lb-a*', 'lb-b', 'lb-c**')).toEqual(['lb-b', 'lb-a*', 'lb-c**']);
});
