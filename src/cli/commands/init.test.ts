import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { starter } from '../../blueprints/registry.ts';
import { readDraft } from '../../declaration/draft.ts';
import { listeners } from '../../declaration/rules/listeners.ts';
import { pools } from '../../declaration/rules/pools.ts';
import { Text } from '../../model/text.ts';
import type { CliContext } from '../context.ts';
import { declarationText } from '../init/declaration-text.ts';
import { fromFlags, type InitFlags } from '../init/from-flags.ts';
import { init } from './init.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aorta-init-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function contextFor(interactive: boolean) {
  const said = { out: '', err: '' };
  const context: CliContext = {
    write: (text) => {
      said.out += text;
    },
    warn: (text) => {
      said.err += text;
    },
    interactive,
    user: 'tester',
    colors: picocolors.createColors(false),
    now: () => 0,
    onInterrupt: () => new AbortController().signal,
    ask: () => Promise.reject(new Error('nothing is asked')),
    machine: {
      size: () => Promise.reject(new Error('init asks for no size')),
      checkRendering: () => Promise.reject(new Error('init does not render')),
      writeRendering: () => Promise.reject(new Error('init does not render')),
      runController: () => Promise.reject(new Error('init runs nothing')),
      runCommand: () => Promise.reject(new Error('nothing is run')),
      controlSocket: () => '/nonexistent/control.sock',
    },
  };
  return { said, context };
}

const bridging = {
  site: 'St. Elsewhere',
  deployment: 'recommended',
  apisHostname: 'mtrestapis-live01.stelsewhere.example',
  apisAddress: '10.20.0.10',
  appsHostname: 'mtrestapps-live01.stelsewhere.example',
  appsAddress: '10.20.0.11',
  certificate: 'certs/live.pem',
  apiServer: ['api-1=10.20.1.11', 'api-2=10.20.1.12'],
  cacheServer: ['cache-1=10.20.2.11'],
  ca: 'certs/hospital-ca.pem',
} as const;

const options = (flags: InitFlags) => ({ force: false, json: false, flags });

/** Everything that can be found without the certificate files. */
function findingsOf(text: string) {
  const draft = readDraft(text, 'aorta.yaml');
  if (!draft.ok) return draft.error;
  return [...draft.value.findings, ...listeners(draft.value), ...pools(draft.value)];
}

describe('refusals', () => {
  test('without a terminal all that is missing is listed at once', async () => {
    const { said, context } = contextFor(false);
    const file = join(directory, 'aorta.yaml');
    expect(await init(file, options({}), context)).toBe(2);
    for (const flag of [
      '--site',
      '--deployment',
      '--apis-hostname',
      '--apis-address',
      '--apps-hostname',
      '--apps-address',
      '--certificate',
      '--api-server',
      '--ca',
    ]) {
      expect(said.err).toContain(`${flag} is missing`);
    }
    expect(said.err).not.toContain('--cache-server');
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test.each([
    [{ apisHostname: 'https://x.example' }, '--apis-hostname: "https://x.example" is not a host name'],
    [{ apisAddress: '10.20.0.256' }, '--apis-address: "10.20.0.256" is not an IPv4'],
    [
      { deployment: 'recomended' },
      '--deployment: "recomended" is not allowed here; did you mean "recommended"?',
    ],
    [{ apiServer: ['10.20.1.11'] }, '--api-server: "10.20.1.11" has no name; write it as name=address'],
    [{ apiServer: ['API=10.20.1.11'] }, '--api-server: "API" is not a name'],
    [{ apiServer: ['a=10.20.1.11', 'a=10.20.1.12'] }, '--api-server: "a" is there twice'],
    [{ tls: 'offload' }, '--ca has no use with --tls offload'],
    [{ deployment: 'minimum' }, '--cache-server has no use with --deployment minimum'],
    [
      { trustedAllow: ['10.30.0.1/16'], trustedAddress: '10.20.0.12' },
      '--trusted-allow: "10.30.0.1/16" is not a network',
    ],
    [
      { trustedAllow: ['10.30.0.0/16'], trustedAddress: '10.20.0.12' },
      '--apps-hostname has no use beside --trusted-allow',
    ],
    [{ appsAddress: '10.20.0.10' }, 'overlapping-listeners'],
    [{ cacheServer: ['api-1=10.20.2.11'] }, '"api-1" has two addresses'],
    [{ site: 'St. \ufffdlsewhere' }, 'not UTF-8'],
  ])('%o', async (change, complaint) => {
    const { said, context } = contextFor(false);
    const file = join(directory, 'aorta.yaml');
    expect(await init(file, options({ ...bridging, ...change }), context)).toBe(2);
    expect(said.err).toContain(complaint);
    expect(said.err).toContain('nothing was written');
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('an existing file is kept without --force, before anything is asked', async () => {
    const file = join(directory, 'aorta.yaml');
    await writeFile(file, 'mine');
    for (const interactive of [false, true]) {
      const { said, context } = contextFor(interactive);
      expect(await init(file, options(bridging), context)).toBe(2);
      expect(said.err).toContain('already there');
    }
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await init(file, { ...options(bridging), force: true }, contextFor(false).context)).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('St. Elsewhere');
  });

  test('a folder that is not there', async () => {
    const { said, context } = contextFor(false);
    expect(await init(join(directory, 'no', 'aorta.yaml'), options(bridging), context)).toBe(1);
    expect(said.err).toContain('ENOENT');
  });

  test('--json says the same with stable keys', async () => {
    const { said, context } = contextFor(true);
    expect(
      await init(join(directory, 'a.yaml'), { ...options({ ...bridging, site: '' }), json: true }, context),
    ).toBe(2);
    expect(JSON.parse(said.out)).toMatchObject({
      written: false,
      problems: [expect.stringContaining('--site')],
    });
  });
});

describe('what is written', () => {
  const second = { appsHostname: undefined, appsAddress: undefined };
  const offload = { tls: 'offload', ca: undefined, trustedSegment: 'server VLAN 120' };
  const minimum = { deployment: 'minimum', cacheServer: undefined };
  test.each([
    ['recommended bridging', {}],
    ['recommended offload', offload],
    ['minimum bridging', minimum],
    ['minimum offload', { ...minimum, ...offload }],
    ['trusted', { ...second, trustedAllow: ['10.30.0.0/16', 'fd00::/8'], trustedAddress: 'fd77::12' }],
    ['a PFX file', { certificate: 'C:\\live.PFX', passwordFile: 'live password.txt' }],
    [
      'many servers',
      { apiServer: Array.from({ length: 12 }, (_, index) => `api-${index}=10.20.1.${index + 1}`) },
    ],
  ])('%s: is valid, readable, mode 0644', async (_, change) => {
    const { said, context } = contextFor(false);
    const file = join(directory, 'aorta.yaml');
    expect(await init(file, options({ ...bridging, ...change }), context)).toBe(0);
    const text = await readFile(file, 'utf8');
    expect(findingsOf(text)).toEqual([]);
    expect(text).toMatchSnapshot();
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(said.out).toContain('Put in place first: ');
    expect(said.out).toContain(`aorta check ${file}`);
    expect(said.out).toContain(`aorta up ${file}`);
  });

  test('no answer can be anything but a value', () => {
    // U+FFFD is what a wrong encoding leaves behind: no declaration may hold it, and init then writes nothing.
    const hostile = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => Text.safeParse(text).success && !text.includes('\ufffd'));
    fc.assert(
      fc.property(hostile, hostile, hostile, (site, certificate, ca) => {
        const { answers } = fromFlags({ ...bridging, site, certificate, ca }, starter.questions);
        const text = declarationText(starter.outline(answers));
        const read = parse(text) as Record<string, unknown>;
        expect(read).toMatchObject({
          site,
          certificates: {
            live: /\.(pfx|p12)$/i.test(certificate) ? { pfx: certificate } : { pem: certificate },
          },
          services: { live: { backendTrust: { ca } } },
        });
        expect(Object.keys(read)).toEqual(['aorta', 'site', 'certificates', 'services', 'virtualServices']);
        expect(findingsOf(text)).toEqual([]);
      }),
    );
  });
});

describe('on a terminal', () => {
  /** Types each answer when its question is on the screen. */
  async function type(script: readonly (readonly [question: string, keys: string])[], file: string) {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 200, rows: 50 });
    const { said, context } = contextFor(true);
    const waiting = [...script];
    let screen = '';
    output.on('data', (chunk: Buffer) => {
      screen += stripVTControlCharacters(chunk.toString());
      const next = waiting[0];
      if (next === undefined || !screen.includes(next[0])) return;
      waiting.shift();
      screen = '';
      // Not in the same turn: the prompt listens only after it has drawn itself.
      setImmediate(() => input.write(next[1]));
    });
    const exitCode = await init(file, options({}), context, { input, output });
    return { exitCode, said, left: waiting };
  }

  const enter = '\r';
  const down = '\u001b[B';

  test('asks, refuses a bad answer in place, and writes', async () => {
    const file = join(directory, 'aorta.yaml');
    const { exitCode, said, left } = await type(
      [
        ['Name of the site', `St. Elsewhere: "East"${enter}`],
        ['Deployment', `${down}${enter}`],
        ['TLS to the API servers', enter],
        ['Host name of the API service', `https://x${enter}`],
        ['is not a host name', `${'\u007f'.repeat(9)}apis.stelsewhere.example${enter}`],
        ['Virtual address of the API service', `10.20.0.10${enter}`],
        ['Second service', `${down}${enter}`],
        ['Networks of the trusted clients', `10.30.0.0/16, 10.31.0.0/16${enter}`],
        ['Virtual address of the trusted service', `10.20.0.12${enter}`],
        ['File with certificate', `live.pem${enter}`],
        ['File with the password', enter],
        ['API servers', `api-1=10.20.1.11 api-2=10.20.1.12${enter}`],
        ['Platform Service', enter],
        ['File Library', enter],
        ['Monitor Service', enter],
        ['authority', `ca.pem${enter}`],
      ],
      file,
    );
    expect({ exitCode, left, err: said.err }).toEqual({ exitCode: 0, left: [], err: '' });
    const text = await readFile(file, 'utf8');
    expect(findingsOf(text)).toEqual([]);
    expect(parse(text)).toMatchObject({
      site: 'St. Elsewhere: "East"',
      services: {
        live: {
          deployment: 'minimum',
          tls: 'bridging',
          trusted: { allow: ['10.30.0.0/16', '10.31.0.0/16'] },
        },
      },
    });
  });

  test('Ctrl-C writes nothing', async () => {
    const file = join(directory, 'aorta.yaml');
    const { exitCode } = await type([['Name of the site', '\u0003']], file);
    expect(exitCode).toBe(1);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });
});
