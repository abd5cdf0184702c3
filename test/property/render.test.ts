import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { backendName, redirectFrontendName, serveFrontendName } from '../../src/compile/names.ts';
import type { HaproxyIr } from '../../src/ir/haproxy.ts';
import type { Rendering } from '../../src/ir/rendering.ts';
import { Bug } from '../../src/kernel/bug.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { runtimeNowhere } from '../../src/model/node-fixture.ts';
import { argument, escapeRegex, quote } from '../../src/render/quote.ts';
import { render } from '../../src/render/render.ts';
import { cases, fixedMaterials, name, port } from '../golden/configurations.ts';
import { tokenize } from '../harness/tokenizer.ts';
import { hostile, places } from './hostile.ts';

const node: NodeFacts = {
  runtime: runtimeNowhere,
};
const caseNames = Object.keys(cases);

function intermediate(title: string): HaproxyIr {
  const build = cases[title];
  if (build === undefined) throw new TypeError(title);
  return compile(build(fixedMaterials), node);
}

function textOf(rendering: Rendering): string {
  const content = rendering.files.find(({ path }) => path === 'haproxy.cfg')?.content;
  if (typeof content !== 'string') throw new TypeError('no haproxy.cfg');
  return content;
}

describe('one word', () => {
  test('is read back as it was, or refused for a control character', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        if (/\p{Cc}/u.test(text) || !text.isWellFormed()) expect(() => quote(text)).toThrow(Bug);
        else expect(tokenize(`x ${quote(text)} y`)).toEqual(['x', text, 'y']);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an empty word stays a word', () => {
    expect(tokenize(`x ${quote('')} y`)).toEqual(['x', '', 'y']);
  });

  test('as a regular expression it matches itself and nothing longer', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const regex = new RegExp(`^${escapeRegex(text)}$`);
        expect(regex.test(text)).toBe(true);
        expect(regex.test(`${text}x`)).toBe(false);
      }),
    );
  });

  test('as an argument it stays within its quotes', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const written = argument(text);
        if (written === text) expect(text).toMatch(/^[A-Za-z0-9_./:-]+$/);
        else expect(/^"((?:[^"\\]|\\["\\])*)"$/.exec(written)?.[1]?.replaceAll(/\\(.)/gs, '$1')).toBe(text);
      }),
    );
  });
});

/** The number of words of each line: what an attacker would have to change. */
function shape(rendering: Rendering): number[] {
  return textOf(rendering)
    .split('\n')
    .map((line) => tokenize(line).length);
}

/** Text that each place takes, to compare with. */
function innocentText(place: string): string {
  if (place.startsWith('address')) return '192.0.2.1';
  if (place === 'companion files') return 'certs/abc.pem';
  if (place === 'networks') return '192.0.2.0/24';
  if (place === 'authorities') return '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  return 'abc';
}

describe('a hostile text', () => {
  test.each(Object.entries(places))(
    'as %s adds no line and no word, or is refused as a bug',
    (place, change) => {
      fc.assert(
        fc.property(fc.constantFrom(...caseNames), hostile, (title, text) => {
          const ir = intermediate(title);
          const innocent = shape(render(change(ir, innocentText(place))));
          let rendering: Rendering;
          try {
            rendering = render(change(ir, text));
          } catch (error) {
            expect(error).toBeInstanceOf(Bug);
            return;
          }
          expect(shape(rendering)).toEqual(innocent);
        }),
        { numRuns: 60 },
      );
    },
  );

  test('a message of a bug does not repeat it', () => {
    expect(() => quote('Doe\n')).toThrow(/^((?!Doe).)*$/);
  });
});

describe('a rendering', () => {
  test.each(caseNames)('of %s is the same every time, whatever the order of keys', (title) => {
    const ir = intermediate(title);
    const first = render(ir);
    expect(render(intermediate(title))).toEqual(first);
    expect(render(reversedKeys(ir))).toEqual(first);
  });

  test.each(caseNames)('of %s names every retry reason together with the guard', (title) => {
    const lines = textOf(render(intermediate(title)))
      .split('\n')
      .map(tokenize);
    let guarded = true;
    for (const [index, words] of lines.entries()) {
      if (words[0] !== 'retry-on' || words.every((word) => word === 'retry-on' || word === 'conn-failure'))
        continue;
      guarded &&=
        lines[index + 1]?.join(' ') === 'http-request disable-l7-retry unless { method GET HEAD OPTIONS }';
    }
    expect(guarded).toBe(true);
  });

  test('has another digest when any file differs, and the digest stands in the file', () => {
    const ir = intermediate('bridging');
    const rendering = render(ir);
    expect(textOf(rendering)).toContain(rendering.digest);
    const digests = new Set([rendering.digest]);
    for (const file of ir.files) {
      if (file.kind !== 'certificate') continue;
      const key = new Secret(file.key.reveal().replace('PRIVATE KEY-----\n', 'PRIVATE KEY-----\nAAAA\n'));
      digests.add(
        render({ ...ir, files: ir.files.map((other) => (other === file ? { ...file, key } : other)) }).digest,
      );
    }
    digests.add(render({ ...ir, global: { ...ir.global, maxConnections: 7 } }).digest);
    expect(digests.size).toBe(3);
  });

  test('shows no private key', () => {
    const rendering = render(intermediate('bridging'));
    expect(JSON.stringify(rendering)).not.toContain('PRIVATE KEY');
    expect(JSON.stringify(intermediate('bridging'))).not.toContain('PRIVATE KEY');
  });
});

/** The same values with the keys of every object the other way round. */
function reversedKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversedKeys) as T;
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reversedKeys(part)]),
  ) as T;
}

test('names of proxies never meet', () => {
  const anyName = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/).map(name);
  const anyPort = fc.integer({ min: 1, max: 65_535 }).map(port);
  fc.assert(
    fc.property(
      fc.uniqueArray(anyName, { minLength: 1, maxLength: 8 }),
      fc.uniqueArray(anyPort, { maxLength: 4 }),
      (names, ports) => {
        const all = names.flatMap((one) => [
          serveFrontendName(one),
          backendName(one),
          ...ports.map((target) => redirectFrontendName(one, target)),
        ]);
        expect(new Set(all).size).toBe(all.length);
        expect(all).not.toContain('aorta.identity');
      },
    ),
  );
});
