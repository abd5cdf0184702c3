import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { localMachine } from '../../src/daemon/machine.ts';
import { makeAuthority } from '../harness/certificates.ts';
import { aorta } from '../harness/controller.ts';
import { tokenize } from '../harness/tokenizer.ts';

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
type Place = readonly (string | number)[];

let directory: string;
let benign: Json;
let structure: string[];
let places: readonly { readonly place: Place; readonly kind: 'value' | 'key' }[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aorta-injection-'));
  const authority = await makeAuthority();
  const certificate = await authority.issue(['live.stelsewhere.example', 'apps.stelsewhere.example']);
  const pem = join(directory, 'live.pem');
  const ca = join(directory, 'ca.pem');
  await writeFile(pem, certificate.certificate + certificate.key, { mode: 0o600 });
  await writeFile(ca, authority.material.certificates.join('\n'));
  benign = declaration(pem, ca);
  places = placesIn(benign);
  const rendered = await render(benign);
  expect(rendered.code, rendered.complaints).toBe(0);
  structure = structureOf(rendered.text);
}, 60_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Has a string of every kind, so that each can be made hostile. */
function declaration(pem: string, ca: string): Json {
  const listen = { address: '127.0.0.1', certificates: ['live'] };
  return {
    aorta: 'v1',
    site: 'St. Elsewhere',
    hosts: { 'api-9': { address: '127.1.0.9', roles: ['api'] } },
    authorities: { hospital: { ca } },
    certificates: { live: { pem } },
    services: {
      main: {
        blueprint: 'meditech/restful-api',
        deployment: 'recommended',
        tls: 'bridging',
        apis: { hostname: 'live.stelsewhere.example', address: '127.0.0.2', certificate: 'live' },
        trusted: {
          hostname: 'live.stelsewhere.example',
          address: '127.0.0.3',
          certificate: 'live',
          allow: ['10.1.0.0/16'],
        },
        apiServers: { 'api-1': '127.1.0.1', 'api-2': '127.1.0.2' },
        cacheServers: { 'cache-1': '127.1.0.3' },
        platformService: { 'platform-1': '127.1.0.4' },
        fileLibrary: { 'files-1': '127.1.0.5' },
        monitorService: { 'monitor-1': '127.1.0.6' },
        backendTrust: { ca, serverName: 'live.stelsewhere.example' },
        fhirBase: '/v1/uscore/R4',
        maxConnections: 100,
      },
    },
    virtualServices: {
      web: {
        description: 'everything spelled out',
        hostnames: ['live.stelsewhere.example', 'apps.stelsewhere.example'],
        listeners: [
          {
            protocol: 'https',
            ...listen,
            port: 443,
            alpn: ['h2', 'http/1.1'],
            tls: { minimumVersion: 'TLSv1.2' },
          },
          { protocol: 'redirect', address: '127.0.0.1', port: 80 },
        ],
        accessList: { allow: ['10.0.0.0/8', '192.0.2.7'] },
        pool: {
          servers: { one: { address: '127.1.1.1', port: 443 }, two: { host: 'api-9', port: 443 } },
          balance: 'roundrobin',
          persistence: { type: 'cookie', name: 'SERVED' },
          healthCheck: {
            type: 'https',
            method: 'GET',
            path: '/health',
            host: 'live.stelsewhere.example',
            sni: 'live.stelsewhere.example',
            interval: '2s',
          },
          tls: {
            verify: 'none',
            reason: 'a synthetic reason, long enough',
            serverName: 'live.stelsewhere.example',
          },
          retry: { safeMethodsOn: ['empty-response'] },
        },
        timeouts: { connect: '1s' },
        hsts: { maxAge: '365d' },
        errorAnswers: { retryAfter: '30s', fhirPaths: ['/v1/uscore'] },
        accessLog: {
          pathWords: ['Patient'],
          clientAddress: 'network',
          requestIdHeader: 'mtrestapi-requestid',
        },
        maxConnections: 100,
      },
      plain: {
        listeners: [{ protocol: 'http', address: '127.0.0.4', port: 80 }],
        pool: { servers: { one: { address: '127.1.1.1', port: 80 } }, trustedSegment: 'loopback' },
        maxConnections: 100,
      },
    },
  };
}

const hostile = [
  ...['x\n  bind :1', '\r', '\t', '\0', '\u2028bind', 'x bind :1', ''],
  ...["'", '"', '\\', "x' if TRUE", 'x" if TRUE', '#', '${HOME}', '%[src]', ',', ';', '{ always_true }'],
  ...[
    '-f /etc/passwd',
    '--',
    '@master',
    'unix@/tmp/x',
    '../../etc/passwd',
    '**',
    '.*|.',
    '__proto__',
    'é',
    'aorta',
  ],
] as const;

test('no text anywhere in a declaration can change what HAProxy reads beyond its own word', async () => {
  const count = { refused: 0, inert: 0 };
  const broken: string[] = [];
  for (const { place, kind } of places) {
    for (const text of hostile) {
      for (const replaced of kind === 'key' ? [text] : [text, textAt(benign, place) + text]) {
        const changed =
          kind === 'key' ? renameKey(benign, place, replaced) : replace(benign, place, replaced);
        const { code, text: output } = await render(changed);
        if (code === 2) count.refused += 1;
        else if (code === 0 && same(structureOf(output))) count.inert += 1;
        else broken.push(`${place.join('.')} = ${JSON.stringify(replaced)}: exit ${code}`);
      }
    }
  }
  console.log(
    `${places.length} places: ${count.refused} refused, ${count.inert} inert, ${broken.length} broken`,
  );
  expect(broken).toEqual([]);
  expect(count.refused).toBeGreaterThan(1_000);
  expect(count.inert).toBeGreaterThan(50);
}, 120_000);

test('the same through the real command, once for each kind of place', async () => {
  const file = join(directory, 'real.yaml');
  for (const [place, code] of [
    [['site'], 2],
    [['virtualServices', 'web', 'hostnames', 0], 2],
    [['virtualServices', 'web', 'pool', 'healthCheck', 'path'], 2],
    [['services', 'main', 'apis', 'hostname'], 2],
  ] as const) {
    await writeFile(file, JSON.stringify(replace(benign, place, 'x\n  bind :1')));
    const answer = await aorta('render', file);
    expect({ place, code: answer.code, stdout: answer.stdout }).toEqual({ place, code, stdout: '' });
    expect(answer.stderr).toMatch(/:\d+:\d+ /);
  }
  await writeFile(file, JSON.stringify(replace(benign, ['site'], "x' if TRUE # %[src] ${HOME}")));
  const answer = await aorta('render', file);
  expect(answer.code).toBe(0);
  expect(structureOf(answer.stdout)).toEqual(structure);
});

// Guards the comparison: it must be able to fail.
test.each([
  ['a line more', (text: string) => `${text}    bind :1\n`],
  ['a word more', (text: string) => text.replace(/^( +mode http)$/m, '$1 if TRUE')],
  ['another keyword', (text: string) => text.replace(/^ +balance/m, '    bind')],
])('%s would be seen', async (_, change) => {
  const { text } = await render(benign);
  expect(structureOf(text)).toEqual(structure);
  expect(structureOf(change(text))).not.toEqual(structure);
});

/** The command in this process: thousands of processes would take minutes. */
async function render(changed: Json): Promise<{ code: number; text: string; complaints: string }> {
  const file = join(directory, 'changed.yaml');
  await writeFile(file, JSON.stringify(changed));
  let text = '';
  let complaints = '';
  const code = await run(['render', file], {
    write: (part) => {
      text += part;
    },
    warn: (part) => {
      complaints += part;
    },
    interactive: false,
    user: 'tester',
    colors: picocolors.createColors(false),
    now: () => Date.now(),
    onInterrupt: () => new AbortController().signal,
    ask: () => Promise.reject(new Error('nothing is asked')),
    machine: localMachine,
  });
  return { code, text, complaints };
}

/** Of each line the keyword and the number of words: what a text of ours may never change. */
function structureOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => tokenize(line.trim()))
    .filter((words) => words.length > 0)
    .map((words) => `${words[0]} ${words.length}`);
}

/** The same lines; a changed name may only have moved its section, because sections are sorted. */
function same(found: readonly string[]): boolean {
  return [...found].sort().join('\n') === [...structure].sort().join('\n');
}

/** Keys below these are names that the operator chose; all other keys are words of the language. */
const named = new Set<unknown>([
  ...['hosts', 'authorities', 'certificates', 'services', 'virtualServices', 'servers'],
  ...['apiServers', 'cacheServers', 'platformService', 'fileLibrary', 'monitorService'],
]);

function placesIn(value: Json, place: Place = []): { place: Place; kind: 'value' | 'key' }[] {
  if (typeof value === 'string') return [{ place, kind: 'value' }];
  if (typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((one: Json, index) => placesIn(one, [...place, index]));
  return Object.entries(value).flatMap(([key, one]) => [
    ...(named.has(place.at(-1)) ? [{ place: [...place, key], kind: 'key' as const }] : []),
    ...placesIn(one, [...place, key]),
  ]);
}

function textAt(value: Json, place: Place): string {
  const found = place.reduce<Json | undefined>(
    (inner, key) => (inner as Record<string, Json> | undefined)?.[key],
    value,
  );
  return typeof found === 'string' ? found : '';
}

function replace(value: Json, [key, ...rest]: Place, by: string): Json {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((one: Json, index) => (index === key ? replace(one, rest, by) : one));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === key ? replace(one, rest, by) : one]),
  );
}

function renameKey(value: Json, [key, ...rest]: Place, by: string): Json {
  if (Array.isArray(value))
    return value.map((one: Json, index) => (index === key ? renameKey(one, rest, by) : one));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      if (name !== key) return [name, one];
      return rest.length === 0 ? [by, one] : [name, renameKey(one, rest, by)];
    }),
  );
}
