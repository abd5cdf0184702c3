import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { blueprints } from '../../src/blueprints/registry.ts';
import { compile } from '../../src/compile/compile.ts';
import { compileNode } from '../../src/compile/node.ts';
import { configure, type Validated } from '../../src/declaration/configure.ts';
import { readDraft } from '../../src/declaration/draft.ts';
import { explain } from '../../src/declaration/explain.ts';
import { type FileContents, filesNeeded } from '../../src/declaration/files.ts';
import {
  alternativeFor,
  isMapping,
  memberOf,
  type SchemaNode,
  schemaOf,
} from '../../src/declaration/schema.ts';
import { formatDiagnostic } from '../../src/kernel/diagnostic.ts';
import { formatPath, type Path } from '../../src/kernel/path.ts';
import { Declaration } from '../../src/model/declaration.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { runtimeNowhere } from '../../src/model/node-fixture.ts';
import { render } from '../../src/render/render.ts';
import { readFiles } from '../../src/store/declaration-files.ts';
import { makeCertificateFiles } from '../harness/certificate-files.ts';

// Guards: the order of keys means nothing, nothing that is written makes the reader throw, and no text gets further
// than the words it was checked to be.

const goldens = join(import.meta.dirname, '../golden/declaration');
const texts = new Map(
  readdirSync(goldens).map(
    (name) => [name, readFileSync(join(goldens, name, 'aorta.yaml'), 'utf8')] as const,
  ),
);
const trees = new Map([...texts].map(([name, text]) => [name, parse(text) as unknown] as const));
const now = Date.now();
let directory = '';
let contents: FileContents = new Map();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'aorta-property-'));
  makeCertificateFiles(directory);
  const needs = [...texts.values()].flatMap((text) => {
    const draft = readDraft(text, 'aorta.yaml');
    return draft.ok ? filesNeeded(draft.value) : [];
  });
  contents = await readFiles(needs, directory);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Everything that happens to a declaration before it becomes files. */
function walkTheRoad(text: string, files: FileContents = contents): Validated {
  const draft = readDraft(text, 'aorta.yaml');
  if (!draft.ok) return { diagnostics: draft.error };
  explain(draft.value);
  return configure(draft.value, files, now);
}

/** Like {@link walkTheRoad}, but goes no further than the first refusal: certificates take long to read. */
function walkUntilRefused(text: string, files: FileContents): Validated {
  const draft = readDraft(text, 'aorta.yaml');
  if (!draft.ok) return { diagnostics: draft.error };
  const { findings, origins } = draft.value;
  if (findings.some(({ severity }) => severity === 'error')) {
    return { diagnostics: findings.map((finding) => origins.diagnose(finding)) };
  }
  return configure(draft.value, files, now);
}

function expectFindings({ configuration, diagnostics }: Validated): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.length === 0).toBe(configuration !== undefined);
  for (const diagnostic of diagnostics) {
    expect(diagnostic.location?.line).toBeGreaterThan(0);
    expect(formatDiagnostic(diagnostic)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(formatDiagnostic(diagnostic).length).toBeLessThan(2000);
  }
}

describe.each([...trees])('%s', (_name, tree) => {
  test('means the same in whatever order its keys are written', () => {
    const meant = comparable(walkTheRoad(JSON.stringify(tree)));
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (random) => {
        const shuffled = shuffle(tree, () => random.next().value as number);
        expect(comparable(walkTheRoad(JSON.stringify(shuffled)))).toEqual(meant);
      }),
      { numRuns: 10 },
    );
  });

  test('gives the same bytes twice', () => {
    const text = JSON.stringify(tree);
    expect(JSON.stringify(walkTheRoad(text))).toBe(JSON.stringify(walkTheRoad(text)));
  });
});

/** Findings without their places in the text, which do change with the order. */
function comparable({ configuration, diagnostics }: Validated): unknown {
  const findings = diagnostics.map(({ code, severity, path, what }) => [
    code,
    severity,
    formatPath(path),
    what,
  ]);
  return { configuration: JSON.parse(JSON.stringify(configuration ?? null)), findings: findings.sort() };
}

function shuffle(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffle(item, random));
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, shuffle(item, random), random()] as const);
  return Object.fromEntries(entries.sort((a, b) => a[2] - b[2]).map(([key, item]) => [key, item]));
}

const strange = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(null, true, -1, 0, 1.5, 1e300, '', [], {}, [[]], [null], { constructor: 1 }, 'none', '5s'),
);

describe('nothing makes the reader throw:', () => {
  test('any JSON', () => {
    fc.assert(fc.property(strange, (value) => expectFindings(walkTheRoad(JSON.stringify(value)))));
  });

  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => expectFindings(walkTheRoad(text))));
  });

  test('YAML made of its own marks', () => {
    const marks = [
      'a: ',
      'b:',
      '- ',
      '\n',
      '  ',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ', ',
      '&x ',
      '*x',
      '!t ',
      '| ',
      '> ',
    ];
    const more = ['? ', ': ', '---\n', '...\n', '%', '#', '\t', '<<: ', '@', 'aorta: v1\n', 'hosts:\n', '\\'];
    const soup = fc.array(fc.constantFrom(...marks, ...more), { maxLength: 40 });
    fc.assert(
      fc.property(soup, (parts) => expectFindings(walkTheRoad(parts.join('')))),
      { numRuns: 1000 },
    );
  });

  test.each([...trees])('anything in any place of %s', (_name, tree) => {
    const places = nodesOf(tree);
    fc.assert(
      fc.property(fc.constantFrom(...places), strange, (place, value) =>
        expectFindings(walkTheRoad(JSON.stringify(replaced(tree, place, value)))),
      ),
      { numRuns: 60 },
    );
  });

  test.each([...texts])('%s with a piece cut out, doubled or moved', (_name, text) => {
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(60), fc.nat(text.length), (from, length, to) => {
        const piece = text.slice(from, from + length);
        const rest = text.slice(0, from) + text.slice(from + length);
        expectFindings(walkTheRoad(rest));
        expectFindings(walkTheRoad(text.slice(0, to) + piece + text.slice(to)));
        expectFindings(walkTheRoad(rest.slice(0, to) + piece + rest.slice(to)));
      }),
      { numRuns: 20 },
    );
  });
});

const node: NodeFacts = {
  runtime: runtimeNowhere,
};

const hostile = [
  'HOSTILE\n  bind :1',
  'HOSTILE\r\nX-Injected: 1',
  'HOSTILE\u0000',
  'HOSTILE\u0085x',
  'HOSTILE\u2028x',
  'HOSTILE\u2029x',
  'HOSTILE\u202ex',
  'HOSTILE" x',
  "HOSTILE' x",
  'HOSTILE\\',
  'HOSTILE # x',
  'HOSTILE %[env(HOME)]',
  '${HOSTILE}',
  '$(HOSTILE)',
  '"HOSTILE"',
  '../HOSTILE',
  'HOSTILE;x',
  '/HOSTILE\n',
  '/HOSTILE" x',
  '/HOSTILE\\x',
  '/HOSTILE$x%[x]',
  `HOSTILE${'x'.repeat(100_000)}`,
  '\n',
  ' ',
  '"',
  '\\',
  'a\n',
];

/** What may reach a configuration at all: the letters of URL paths, which are the widest words there are. */
const harmless = /^[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/;

describe('hostile text', () => {
  // Between them these have every setting that there is, which the first test makes sure of.
  // A PFX takes long to open, so only `trusted` has one.
  const pem = { pem: 'certs/live.pem' };
  const trusted = replaced(trees.get('trusted'), ['certificates', 'live'], pem);
  const hostname = ['services', 'live', 'trusted', 'hostname'];
  const all: readonly (readonly [string, unknown])[] = [
    ['every-option', replaced(trees.get('every-option'), ['certificates', 'archive'], pem)],
    ['every-parameter', trees.get('every-parameter')],
    ['announced', trees.get('announced')],
    ['recommended-offload', trees.get('recommended-offload')],
    ['trusted', trees.get('trusted')],
    ['trusted with a host name', added(trusted, hostname, 'portal.stelsewhere.example')],
  ];

  test('is tried in every place of the model and of the blueprints where text can stand', () => {
    const schema = schemaOf(Declaration);
    const visited = new Set<string>();
    for (const [, tree] of all) visit(schema, tree, '', visited);
    expect([...textsOf(schema, '')].filter((place) => !visited.has(place))).toEqual([]);
    for (const blueprint of blueprints.values()) {
      const parameters = schemaOf(blueprint.parameters);
      const seen = new Set<string>();
      for (const [, tree] of all) {
        const uses = isMapping(tree) && isMapping(tree.services) ? Object.values(tree.services) : [];
        for (const use of uses) visit(parameters, use, '', seen);
      }
      expect([...textsOf(parameters, '')].filter((place) => !seen.has(place))).toEqual([]);
    }
  });

  test.each(all)('is refused or inert everywhere in %s', (_name, tree) => {
    for (const place of nodesOf(tree)) {
      if (typeof valueAt(tree, place) !== 'string') continue;
      for (const text of hostile) expectInert(replaced(tree, place, text), text, valueAt(tree, place));
    }
  });

  test.each(all)('is refused or inert as a key everywhere in %s', (_name, tree) => {
    for (const place of nodesOf(tree)) {
      const last = place.at(-1);
      if (typeof last !== 'string') continue;
      for (const text of hostile.slice(0, 12)) {
        const mapping = valueAt(tree, place.slice(0, -1));
        if (!isMapping(mapping)) continue;
        const renamed = Object.fromEntries(
          Object.entries(mapping).map(([key, value]) => [key === last ? text : key, value]),
        );
        const { configuration } = walkUntilRefused(
          JSON.stringify(replaced(tree, place.slice(0, -1), renamed)),
          contents,
        );
        expect(configuration, `${formatPath(place)} as ${JSON.stringify(text)}`).toBeUndefined();
      }
    }
  });

  test('of any kind is refused or inert', () => {
    const places = all.flatMap(([, tree]) =>
      nodesOf(tree).flatMap((place) => (typeof valueAt(tree, place) === 'string' ? [{ tree, place }] : [])),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.string({ unit: 'binary' }), ({ tree, place }, text) => {
        expectInert(replaced(tree, place, text), text, valueAt(tree, place));
      }),
      { numRuns: 500 },
    );
  });
});

function expectInert(tree: unknown, text: string, instead: unknown): void {
  // A file of the odd name is there, so that it is the name that is judged.
  const files = new Map(contents);
  const there = contents.get(String(instead));
  if (there !== undefined) files.set(text, there);
  const validated = walkUntilRefused(JSON.stringify(tree), files);
  expectFindings(validated);
  const { configuration } = validated;
  if (configuration === undefined || harmless.test(text)) return;
  const [first] = configuration.ha?.nodes ?? [];
  const facts = first === undefined ? node : { ...node, node: { name: first.name, interface: 'front' } };
  for (const { content } of render(compile(configuration, facts), compileNode(configuration, facts)).files) {
    if (typeof content === 'string' && text.trim().length > 2) expect(content).not.toContain(text);
    if (typeof content === 'string') expect(content).not.toMatch(/HOSTILE|[\0\r\u0085\u2028\u2029\u202e]/);
  }
}

function nodesOf(value: unknown, path: Path = []): Path[] {
  const children: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : isMapping(value)
      ? Object.entries(value)
      : [];
  return [path, ...children.flatMap(([step, child]) => nodesOf(child, [...path, step]))];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (current, step) =>
      Array.isArray(current) ? current[Number(step)] : isMapping(current) ? current[step] : undefined,
    value,
  );
}

function added(tree: unknown, path: Path, value: unknown): unknown {
  const parent = path.slice(0, -1);
  const mapping = valueAt(tree, parent);
  return replaced(tree, parent, { ...(isMapping(mapping) ? mapping : {}), [String(path.at(-1))]: value });
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? replaced(item, rest, by) : item));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? replaced(item, rest, by) : item]),
  );
}

/** The places of a schema where text can stand; `*` for any name, `[]` for any index, `|` for an alternative. */
function* textsOf(schema: SchemaNode, at: string): Generator<string> {
  for (const alternative of schema.oneOf ?? [schema]) {
    if (alternative.type === 'string' && alternative.enum === undefined && alternative.const === undefined)
      yield at;
    for (const [key, child] of Object.entries(alternative.properties ?? {}))
      yield* textsOf(child, `${at}.${key}`);
    const { items, additionalProperties: open } = alternative;
    if (items !== undefined) yield* textsOf(items, `${at}[]`);
    if (open !== undefined && open !== false) yield* textsOf(open, `${at}.*`);
  }
}

function visit(schema: SchemaNode, value: unknown, at: string, visited: Set<string>): void {
  const here = alternativeFor(schema, value);
  if (here === undefined) return;
  if (typeof value === 'string') visited.add(at);
  else if (Array.isArray(value)) {
    for (const item of value) visit(here.items ?? {}, item, `${at}[]`, visited);
  } else if (isMapping(value)) {
    for (const [key, item] of Object.entries(value)) {
      const child = memberOf(here, key);
      const name = Object.hasOwn(here.properties ?? {}, key) ? key : '*';
      if (child !== undefined) visit(child, item, `${at}.${name}`, visited);
    }
  }
}
