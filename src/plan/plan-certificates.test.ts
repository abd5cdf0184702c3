import { describe, expect, test } from 'vitest';
import { certificatePem } from '../ir/pem.ts';
import { certificate, certificateList, frontend, ir, pemBlock, tlsBind } from './ir-fixture.ts';
import { between, only, steps } from './plan-fixture.ts';

describe('certificates', () => {
  /** Lists by name, with all certificates that are on one; x1 is the second version of x. */
  function listed(lists: Readonly<Record<string, string>>, versions: Readonly<Record<string, number>> = {}) {
    const names = new Set(Object.values(lists).flatMap((list) => list.split('')));
    const files = [...names].map((name) => certificate(name, versions[name]));
    return ir({
      frontends: [frontend('live', [tlsBind('10.0.0.10', 443, 'crt-lists/one.list')])],
      files: [
        ...files,
        ...Object.entries(lists).map(([name, list]) => certificateList(name, ...list.split(''))),
      ],
    });
  }

  test.each([
    ['the first changes', 'ab', 'ba', 'reload'],
    ['the first goes', 'ab', 'b', 'reload'],
    ['two change places', 'abc', 'acb', 'reload'],
    ['one comes in the middle', 'ab', 'acb', 'reload'],
    ['one comes twice', 'a', 'abb', 'reload'],
    ['one comes at the end', 'a', 'ab', 'runtime'],
    ['one goes from the middle', 'abc', 'ac', 'runtime'],
    ['one goes, one comes at the end', 'ab', 'ac', 'runtime'],
    ['one comes to an empty list', '', 'a', 'reload'],
    ['the last one goes', 'a', '', 'reload'],
  ] as const)('%s: %s to %s is a %s', (_, from, to, impact) => {
    expect(between(listed({ one: from }), listed({ one: to })).impact).toBe(impact);
  });

  test('one that is in use elsewhere cannot come or go at runtime', () => {
    const [few, many] = [listed({ one: 'a', two: 'ab' }), listed({ one: 'ab', two: 'ab' })];
    expect(between(few, many).impact).toBe('reload');
    expect(between(many, few).impact).toBe('reload');
  });

  test('a list that appears or vanishes is a reload', () => {
    expect(between(listed({ one: 'a' }), listed({ one: 'a', two: 'a' })).impact).toBe('reload');
    expect(between(listed({ one: 'a', two: 'a' }), listed({ one: 'a' })).impact).toBe('reload');
  });

  test('two that come to lists in different orders are a reload', () => {
    const from = listed({ one: 'a', two: 'a' });
    expect(between(from, listed({ one: 'abc', two: 'acb' })).impact).toBe('reload');
    expect(between(from, listed({ one: 'abc', two: 'abc' })).impact).toBe('runtime');
  });

  test('all at once: added before replaced, removed at last, with their lists', () => {
    const after = listed({ one: 'ac', two: 'ac' }, { a: 2 });
    const made = between(listed({ one: 'ab', two: 'ab' }), after);
    expect(made.operations.map(({ kind }) => kind)).toEqual([
      'add-certificate',
      'replace-certificate',
      'remove-certificate',
    ]);
    const lists = ['crt-lists/one.list', 'crt-lists/two.list'];
    expect(made.operations[0]).toMatchObject({ file: 'certs/c.pem', lists });
    expect(made.operations[2]).toEqual({ kind: 'remove-certificate', file: 'certs/b.pem', lists });
    expect(steps(made)).toEqual([
      'runtime: certificate a is replaced',
      'runtime: certificate c is added at 10.0.0.10:443 and two',
      'runtime: certificate b is removed from 10.0.0.10:443 and two',
    ]);
  });

  test('the content is that of the file, and is never shown', () => {
    const [old, now] = [certificate('a'), certificate('a', 2)];
    for (const after of [
      { ...old, key: now.key },
      { ...old, chain: now.chain },
    ]) {
      const made = between(ir({ files: [old] }), ir({ files: [after] }));
      const [operation] = made.operations;
      if (operation?.kind !== 'replace-certificate') throw new TypeError(operation?.kind);
      expect(operation.content.reveal()).toBe(certificatePem(after).reveal());
      expect(JSON.stringify(made)).not.toMatch(/BEGIN|PRIVATE/);
      expect(only(made).what).toBe('certificate a is replaced');
    }
  });

  test('authorities are a reload', () => {
    const authority = (text: string) =>
      ir({
        files: [
          { kind: 'authority', path: 'ca/a.pem', origin: [], certificates: [pemBlock('CERTIFICATE', text)] },
        ],
      });
    const made = between(authority('one'), authority('two'));
    expect(steps(made)).toEqual(['reload: certificates of authority a are replaced']);
  });
});
