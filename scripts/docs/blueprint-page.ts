import { blueprints } from '../../src/blueprints/registry.ts';
import { readDraft } from '../../src/declaration/draft.ts';
import { type Explained, explain } from '../../src/declaration/explain.ts';
import { schemaOf } from '../../src/declaration/schema.ts';
import { formatPath } from '../../src/kernel/path.ts';
import { below, keyTable } from './key-tables.ts';
import { code, pageHead, table, valueText } from './markdown.ts';

const name = 'meditech/restful-api';

/** The declaration that the expansion on the page is of. Documentation addresses (RFC 5737) and names (RFC 2606). */
const example = {
  blueprint: name,
  deployment: 'recommended',
  tls: 'bridging',
  apis: { hostname: 'mtrestapis-live01.stelsewhere.example', address: '192.0.2.10', certificate: 'live' },
  apps: { hostname: 'mtrestapps-live01.stelsewhere.example', address: '192.0.2.11', certificate: 'live' },
  apiServers: { 'api-1': '198.51.100.11', 'api-2': '198.51.100.12' },
  cacheServers: { 'cache-1': '198.51.100.21' },
  watch: {},
  backendTrust: { ca: 'certs/hospital-ca.pem' },
} as const;

const { apps: _, ...withoutApps } = example;
const { cacheServers: __, ...withoutCache } = example;
const { backendTrust: ___, ...withoutTrust } = example;

/** What a parameter changes, shown as the difference to the example. */
const variants: readonly (readonly [title: string, parameters: object])[] = [
  ['`tls: offload`', { ...withoutTrust, tls: 'offload', trustedSegment: 'server VLAN 120' }],
  ['`deployment: minimum`', { ...withoutCache, deployment: 'minimum' }],
  [
    '`trusted` instead of `apps`',
    { ...withoutApps, trusted: { address: '192.0.2.12', certificate: 'live', allow: ['203.0.113.0/24'] } },
  ],
  ['`watch` of the Cache servers', { ...example, watch: { cache: { port: 8379 } } }],
  [
    '`deployment: minimum` and `watch` of the Cache',
    { ...withoutCache, deployment: 'minimum', watch: { cache: { port: 8379 } } },
  ],
  ['`persistence: sourceAddress`', { ...example, persistence: 'sourceAddress' }],
  ['`checks: [unauthenticated-read]`', { ...example, checks: ['unauthenticated-read'] }],
  ['`checks: [tcp, capability]`', { ...example, checks: ['tcp', 'capability'] }],
  [
    '`transaction`',
    {
      ...example,
      transaction: {
        clientId: 'aorta-check',
        secretFile: 'certs/aorta-check.secret',
        scope: 'system/Organization.read',
        path: '/v1/uscore/R4/Organization/1',
      },
    },
  ],
  [
    '`backendTrust` with `verify: none`',
    {
      ...example,
      backendTrust: { verify: 'none', reason: 'until the servers have certificates of their own' },
    },
  ],
];

/** Parameters, and what they expand to, with sources. */
export function blueprintPage(): string {
  const blueprint = blueprints.get(name);
  if (blueprint === undefined) throw new Error(`no blueprint is named ${name}`);
  const schema = schemaOf(blueprint.parameters);
  const properties = schema.properties ?? {};
  const base = expansion(example);
  return [
    ...pageHead(`Blueprint ${code(name)}`, blueprint.summary),
    'A use of it stands in [`services`](../declaration.md#services). How-to pages with pictures: [recommended, bridging](../../how-to/recommended-bridging.md), [recommended, offload](../../how-to/recommended-offload.md), [minimum, bridging](../../how-to/minimum-bridging.md), [minimum, offload](../../how-to/minimum-offload.md), [trusted clients](../../how-to/trusted-clients.md).',
    '',
    '## Parameters',
    '',
    ...keyTable(properties, schema.required ?? [], []),
    ...below(properties, [], 2),
    '## What it expands to',
    '',
    `The blueprint turns its parameters into an ordinary [declaration](../declaration.md). This is the expansion of a service named ${code('live')} in the recommended deployment with bridging; ${code('live-apps')} is the same with its own host name and address. \`aorta explain\` shows it for your own file.`,
    '',
    ...valueTable(base.filter(({ path }) => path[0] !== 'virtualServices' || path[1] === 'live-apis')),
    '### What a parameter changes',
    '',
    'Only the values that differ from the table above.',
    '',
    ...variants.flatMap(([title, parameters]) => difference(title, base, expansion(parameters))),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function expansion(parameters: object): readonly Explained[] {
  // JSON is YAML.
  const text = JSON.stringify({
    aorta: 'v1',
    site: 'St. Elsewhere',
    certificates: { live: { pem: 'certs/live.pem' } },
    services: { live: parameters },
  });
  const draft = readDraft(text, 'example.yaml');
  if (!draft.ok || draft.value.findings.length > 0)
    throw new Error('an example of the page is not a declaration');
  return explain(draft.value).filter(({ path }) => path[0] !== 'certificates');
}

function difference(title: string, before: readonly Explained[], after: readonly Explained[]): string[] {
  const shown = (all: readonly Explained[]) => all.filter(({ path }) => path[1] !== 'live-apps');
  // The trusted service takes the place of the apps service.
  const twin = (path: Explained['path']) =>
    path.map((step) => (step === 'live-trusted' ? 'live-apps' : step));
  const keyOf = ({ path, value }: Explained) => JSON.stringify([twin(path), value]);
  const known = new Set(before.map(keyOf));
  const changed = shown(after).filter((one) => !known.has(keyOf(one)));
  const left = new Set(after.map(({ path }) => formatPath(twin(path))));
  const gone = shown(before)
    .map(({ path }) => formatPath(path))
    .filter((path) => !left.has(path));
  return [
    `#### With ${title}`,
    '',
    ...(changed.length === 0 ? [] : valueTable(changed)),
    ...(gone.length === 0 ? [] : [`Not there any more: ${gone.map(code).join(', ')}.`, '']),
  ];
}

function valueTable(values: readonly Explained[]): string[] {
  return table(
    ['Value', 'Is', 'Because'],
    values.map(({ path, value, origin }) => [code(formatPath(path)), valueWords(value), because(origin)]),
  );
}

function valueWords(value: unknown): string {
  if (Array.isArray(value) && value.length > 12) return `${value.length} words, see \`aorta explain --json\``;
  if (Array.isArray(value)) return value.map((item) => code(valueText(item))).join(', ');
  return code(valueText(value));
}

function because(origin: Explained['origin']): string {
  switch (origin.kind) {
    case 'written':
    case 'parameter':
      return `you wrote ${code(formatPath(origin.path.slice(2)))}`;
    case 'blueprint':
      return origin.source;
    case 'default':
      return origin.source === undefined ? 'default' : `default: ${origin.source}`;
  }
}
