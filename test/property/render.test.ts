import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { backendName, redirectFrontendName, serveFrontendName } from '../../src/compile/names.ts';
import type { BackendIr, FrontendIr, HaproxyIr } from '../../src/ir/haproxy.ts';
import type { Rendering } from '../../src/ir/rendering.ts';
import { Bug } from '../../src/kernel/bug.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { argument, escapeRegex, quote } from '../../src/render/quote.ts';
import { render } from '../../src/render/render.ts';
import { cases, fixedMaterials, hostname, name, network, port } from '../golden/configurations.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { checkRendering } from '../harness/haproxy.ts';
import { tokenize } from '../harness/tokenizer.ts';

const node: NodeFacts = {
  runtime: {
    adminSocket: '/run/aorta/admin',
    identitySocket: '/run/aorta/identity',
    serverStateFile: '/run/aorta/state',
  },
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

/** Text that is made to break out: quotes, blanks, comments, variables, line ends, conditions, format items. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        '\\',
        ' ',
        '#',
        '$HOME',
        '${HOME}',
        '%',
        '%[src]',
        ']',
        '[',
        '}',
        '{',
        ')',
        '(',
        ',',
        '\n',
        '\r',
        '\t',
        '\0',
        'x\n  bind :1',
        "' if TRUE",
        '-f /etc/passwd',
        '!',
        '||',
        '%%',
        '\\x0a',
        '\\n',
        'é',
        '\u2028',
        '\u0085',
        '--',
        '/',
        'a',
      ),
      { minLength: 1, maxLength: 8 },
    )
    .map((parts) => parts.join('')),
);

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

type Change = (ir: HaproxyIr, text: string) => HaproxyIr;

/** Every place of the intermediate form that holds text. */
const places: Readonly<Record<string, Change>> = {
  'host of a check': withBackend((backend, text) =>
    backend.check.kind === 'tcp'
      ? backend
      : { ...backend, check: { ...backend.check, request: { ...backend.check.request, host: text } } },
  ),
  'path of a check': withBackend((backend, text) =>
    backend.check.kind === 'tcp'
      ? backend
      : { ...backend, check: { ...backend.check, request: { ...backend.check.request, path: `/${text}` } } },
  ),
  'sni of a check': withBackend((backend, text) =>
    backend.check.kind === 'https' ? { ...backend, check: { ...backend.check, sni: text } } : backend,
  ),
  'name of the servers': withBackend((backend, text) =>
    backend.tls === undefined ? backend : { ...backend, tls: { ...backend.tls, serverName: text } },
  ),
  'name of a server': withBackend((backend, text) => ({
    ...backend,
    servers: backend.servers.map((one) => ({ ...one, name: text })),
  })),
  'address of a server': withBackend((backend, text) => ({
    ...backend,
    servers: backend.servers.map((one) => ({ ...one, address: text })),
  })),
  'name of a cookie': withBackend((backend, text) =>
    backend.persistence.kind === 'cookie'
      ? { ...backend, persistence: { ...backend.persistence, name: text } }
      : backend,
  ),
  'name of a backend': withBackend((backend, text) => ({ ...backend, name: text })),
  'name of a frontend': withFrontend((frontend, text) => ({ ...frontend, name: text })),
  'address of a listener': withFrontend((frontend, text) => ({
    ...frontend,
    binds: frontend.binds.map((bind) => ({ ...bind, address: text, name: text })),
  })),
  'host names': withFrontend((frontend, text) =>
    frontend.behaviour.kind === 'redirect'
      ? { ...frontend, behaviour: { ...frontend.behaviour, hostnames: [text, 'b.example'] } }
      : frontend,
  ),
  'FHIR paths': withFrontend((frontend, text) =>
    frontend.behaviour.kind === 'serve'
      ? {
          ...frontend,
          behaviour: {
            ...frontend.behaviour,
            errors: { ...frontend.behaviour.errors, fhirPaths: [`/${text}`] },
          },
        }
      : frontend,
  ),
  'path words': withFrontend((frontend, text) => ({
    ...frontend,
    accessLog: { ...frontend.accessLog, pathWords: [text, 'Patient'] },
  })),
  'request id header': withFrontend((frontend, text) => ({
    ...frontend,
    accessLog: { ...frontend.accessLog, requestIdHeader: text },
  })),
  account: (ir, text) => ({ ...ir, global: { ...ir.global, account: { user: text, group: text } } }),
  'runtime paths': (ir, text) => ({
    ...ir,
    global: {
      ...ir.global,
      runtime: { adminSocket: `/${text}`, identitySocket: `/${text}`, serverStateFile: `/${text}` },
    },
  }),
  'companion files': (ir, text) => ({ ...ir, files: ir.files.map((file) => ({ ...file, path: text })) }),
  networks: (ir, text) => ({
    ...ir,
    files: ir.files.map((file) => (file.kind === 'networks' ? { ...file, networks: [text] } : file)),
  }),
  authorities: (ir, text) => ({
    ...ir,
    files: ir.files.map((file) => (file.kind === 'authority' ? { ...file, certificates: [text] } : file)),
  }),
};

function withBackend(change: (backend: BackendIr, text: string) => BackendIr): Change {
  return (ir, text) => ({ ...ir, backends: ir.backends.map((backend) => change(backend, text)) });
}

function withFrontend(change: (frontend: FrontendIr, text: string) => FrontendIr): Change {
  return (ir, text) => ({ ...ir, frontends: ir.frontends.map((frontend) => change(frontend, text)) });
}

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

describe('whatever the model takes', () => {
  let authority: TestAuthority;
  let certificate: TestCertificate;
  beforeAll(async () => {
    authority = await makeAuthority();
    certificate = await authority.issue(['*.stelsewhere.example']);
  });

  const urlPath = fc.stringMatching(/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]{0,60}$/);
  const header = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,30}$/);
  const word = fc.stringMatching(/^[A-Za-z0-9$._-]{1,20}$/);

  test('HAProxy takes too', async () => {
    const real = { certificate: () => certificate.material, authority: () => authority.material };
    await fc.assert(
      fc.asyncProperty(
        urlPath,
        fc.array(urlPath, { maxLength: 5 }),
        header,
        fc.array(word, { maxLength: 50 }),
        async (path, fhirPaths, requestIdHeader, pathWords) => {
          const built = cases['bridging']?.(real);
          if (built === undefined) throw new TypeError('bridging');
          const virtualServices = built.virtualServices.map((service) => ({
            ...service,
            errorAnswers: { ...service.errorAnswers, fhirPaths },
            accessLog: { ...service.accessLog, requestIdHeader, pathWords },
            pool: { ...service.pool, healthCheck: { ...service.pool.healthCheck, path } },
          }));
          const { ok, output } = await checkRendering(render(compile({ ...built, virtualServices }, node)));
          expect(ok, output).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  // HAProxy takes 64 words in a line; what may be longer must be spread over lines.
  test('lists may be long', async () => {
    const built = cases['bridging']?.({
      certificate: () => certificate.material,
      authority: () => authority.material,
    });
    if (built === undefined) throw new TypeError('bridging');
    const many = Array.from({ length: 200 }, (_, index) => index);
    const virtualServices = built.virtualServices.map((service) => ({
      ...service,
      hostnames: many.map((index) => hostname(`h${index}.stelsewhere.example`)),
      allow: many.map((index) => network(`10.0.${index}.0/24`)),
      errorAnswers: { ...service.errorAnswers, fhirPaths: many.map((index) => `/v${index}/r4`) },
      accessLog: { ...service.accessLog, pathWords: many.map((index) => `Word${index}-${'x'.repeat(40)}`) },
      pool: {
        ...service.pool,
        healthCheck: { ...service.pool.healthCheck, expectStatus: many.map((index) => 200 + index) },
      },
    }));
    const { ok, output } = await checkRendering(render(compile({ ...built, virtualServices }, node)));
    expect(ok, output).toBe(true);
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
