import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { deepFreeze } from './freeze.ts';
import { Secret } from './secret.ts';

const value = 'Kinder-Garten-71';

// Guards: a secret reaches no log, error, JSON or message, however it is handed around.
describe('a secret', () => {
  const secret = new Secret(value);
  const holders: Readonly<Record<string, unknown>> = {
    itself: secret,
    'a member': { key: secret },
    'an entry of a map': new Map([['key', secret]]),
    'an item of a set': new Set([secret]),
    'an item of a list': [[secret]],
    'the cause of an error': new Error('failed', { cause: secret }),
    'the cause of a cause': new Error('failed', { cause: new Error('why', { cause: { secret } }) }),
    'a member of an error': Object.assign(new Error('failed'), { secret }),
    frozen: deepFreeze({ secret }),
    'a copy of its members': Object.assign({}, secret),
  };
  const ways: Readonly<Record<string, (held: unknown) => string>> = {
    JSON: (held) => JSON.stringify(held) ?? '',
    'JSON as a key': (held) => JSON.stringify({ [String(held)]: 1 }),
    inspect: (held) => inspect(held, { depth: 20 }),
    'inspect with everything shown': (held) =>
      inspect(held, { depth: 20, showHidden: true, getters: true, showProxy: true }),
    'inspect without custom functions': (held) => inspect(held, { depth: 20, customInspect: false }),
    template: (held) => `${held as string}`,
    'adding to text': (held) => `x${String(held)}`,
    'structured clone': (held) => inspect(clone(held), { depth: 20, customInspect: false }),
    'entries and keys': (held) => JSON.stringify([Object.keys(held ?? {}), Object.entries(held ?? {})]),
    'the stack of an error': (held) => (held instanceof Error ? String(held.stack) : ''),
  };

  describe.each(Object.entries(holders))('as %s', (_name, held) => {
    test.each(Object.entries(ways))('is not shown by %s', (_way, show) => {
      expect(show(held)).not.toContain(value);
    });
  });

  test('is not shown by any method of the console', () => {
    let shown = '';
    const stream = new Writable({
      write(part, _encoding, done) {
        shown += String(part);
        done();
      },
    });
    const own = new Console(stream, stream);
    for (const method of ['log', 'error', 'debug', 'info', 'warn', 'trace'] as const)
      own[method](secret, { secret });
    own.dir({ secret }, { depth: 9, showHidden: true });
    own.table([{ secret }]);
    own.log('%s %o %O %j %d', secret, secret, secret, secret, secret);
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain(value);
  });

  test('is not in the bytes of a serialised heap value', () => {
    expect(serialize(Object.assign({}, secret)).includes(value)).toBe(false);
  });

  test('gives its value to who asks for it by name, and only so', () => {
    expect(secret.reveal()).toBe(value);
    expect(Object.getOwnPropertyNames(secret)).toEqual([]);
    expect(Reflect.ownKeys(secret)).toEqual([]);
  });

  test('holds bytes as well', () => {
    const bytes = new Secret(Buffer.from(value));
    expect(inspect(bytes, { customInspect: false, showHidden: true })).not.toContain(value);
    expect(JSON.stringify({ bytes })).toBe('{"bytes":"[secret]"}');
    expect(bytes.reveal().toString()).toBe(value);
  });
});

/** Errors and plain values can be cloned; a secret loses its value on the way. */
function clone(held: unknown): unknown {
  try {
    return structuredClone(held);
  } catch (error) {
    return error;
  }
}
