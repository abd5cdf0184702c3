import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import type { SharedNodeStatus, StoreStatus } from '../model/status.ts';
import { storeLines, storeState } from './store-lines.ts';

const colors = picocolors.createColors(false);
const at = 1_800_000_000_000;
const [digest, other] = ['9c2f41d07a55'.padEnd(64, '0'), '41aa0e92c7d3'.padEnd(64, '0')];
const node = (name: string, over: Partial<SharedNodeStatus> = {}): SharedNodeStatus => ({
  name,
  present: true,
  digest,
  version: '0.1.0',
  ...over,
});
const head = { number: 12, digest, author: 'operator/jdoe', at: at - 180_000 };
const store: StoreStatus = {
  kind: 'etcd',
  head,
  nodes: [node('lb-a'), node('lb-b')],
};
const lines = (over: Partial<StoreStatus> = {}) =>
  storeLines({ store: { ...store, ...over }, at }, colors)
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace('shared store: ', ''));

test('nothing is said where nothing is shared', () => {
  expect(storeLines({ at }, colors)).toBe('');
});

test('all is well', () => {
  expect(lines()).toEqual(['revision 12 (9c2f41d07a55) by operator/jdoe, 3m ago, on lb-a, lb-b']);
  expect(lines({ nodes: [] })).toEqual([expect.stringMatching(/no node has it$/)]);
});

test('away: since when, why, and what goes on', () => {
  expect(lines({ away: { since: at - 42_000, why: 'the shared store does not answer' } })).toEqual([
    'away since 42s: the shared store does not answer',
    'traffic, failover and drains go on; changes are refused',
  ]);
});

test('a change under way: how far each node is, and nobody is called behind', () => {
  const change = { digest: other, author: 'jdoe', at };
  const nodes = [
    node('lb-a', { verdict: 'making', digest: other }),
    node('lb-b', { verdict: 'ready' }),
    node('lb-c'),
  ];
  expect(lines({ change, nodes })).toEqual([
    expect.stringMatching(/on lb-b, lb-c$/),
    'a change by jdoe is under way: lb-a makes it, lb-b would take it, lb-c has not looked at it yet',
  ]);
});

test('a node that is not there, that is in trouble, or that is behind', () => {
  const nodes = [
    node('lb-a', { present: false }),
    node('lb-b', { trouble: 'it does not take what the pair has: a port is taken', digest: other }),
    node('lb-c', { digest: other }),
  ];
  expect(lines({ nodes }).slice(1)).toEqual([
    'lb-a: its controller is not there',
    'lb-b: it does not take what the pair has: a port is taken',
    'lb-c serves 41aa0e92c7d3, and is about to follow',
  ]);
});

test('what a person would call a change is one for `--watch`; that time goes by is not', () => {
  const seen = JSON.stringify(storeState(store));
  const later = { ...store, head: { ...head, at: at - 1 } };
  expect(JSON.stringify(storeState(later))).toBe(seen);
  for (const changed of [
    { ...store, away: { since: at, why: 'x' } },
    { ...store, nodes: [node('lb-a', { present: false }), node('lb-b')] },
    { ...store, change: { digest: other, author: 'jdoe', at } },
  ]) {
    expect(JSON.stringify(storeState(changed))).not.toBe(seen);
  }
});
