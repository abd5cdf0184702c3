import { expect, test } from 'vitest';
import { Ha } from '../../model/ha.ts';
import type { Draft } from '../draft.ts';
import { pair } from './pair.ts';

/** Guards that somebody who wants all nodes at work is told when only one of them would be. */
const codesOf = (...preferred: readonly (string | undefined)[]) => {
  const value = Ha.parse({
    nodes: { 'lb-a': { address: '10.20.0.2' }, 'lb-b': { address: '10.20.0.3' } },
    groups: Object.fromEntries(
      preferred.map((name, index) => [
        `group-${index}`,
        { addresses: [`10.20.0.1${index}`], ...(name === undefined ? {} : { preferred: name }) },
      ]),
    ),
  });
  const draft = { ha: { path: ['ha'], value }, virtualServices: new Map() } as unknown as Draft;
  return [...pair(draft)].map(({ code, severity }) => `${severity} ${code}`);
};

test('several groups, all of them for one node', () => {
  expect(codesOf('lb-a', 'lb-a')).toEqual(['warning groups-on-one-node']);
  for (const fine of [['lb-a'], ['lb-a', 'lb-b'], ['lb-a', undefined], [undefined, undefined]])
    expect(codesOf(...fine)).toEqual([]);
});
