import { expect, test } from 'vitest';
import { declarationDigest } from './declaration-digest.ts';
import { declarationOf, readFileContent } from './store-fixture.ts';

const key = readFileContent('key');

test('another text, name, kind or byte gives another digest', () => {
  const digests = [
    declarationOf('a'),
    declarationOf('b'),
    declarationOf('a', { key }),
    declarationOf('a', { key: readFileContent('kez') }),
    declarationOf('a', { 'key ': key }),
    declarationOf('a', { key: readFileContent('') }),
    declarationOf('a', { key: { kind: 'unreadable', reason: 'it does not exist' } }),
    declarationOf('a', { key, other: key }),
    // Names that would run into each other without something between them.
    declarationOf('a', { 'x","read","': key }),
    declarationOf('a', { x: key, '","read","': key }),
  ].map(declarationDigest);
  expect(new Set(digests).size).toBe(digests.length);
  for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
});

test('the order of the files, the label and who can read them change nothing', () => {
  const one = declarationOf('a', { x: key, y: readFileContent('y') });
  const other = { ...declarationOf('a', { y: readFileContent('y', true), x: key }), file: 'other.yaml' };
  expect(declarationDigest(other)).toBe(declarationDigest(one));
});
