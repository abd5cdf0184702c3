import { Document } from 'yaml';
import { type Answers, type Key, splitMachine } from './questions.ts';

/** Longest line that people read without scrolling. */
const widest = 110;

/**
 * The declaration that the answers describe. Comments are ours and constant; every text of a user is written
 * by the YAML library, so that no answer can become anything but a value.
 */
export function declarationText(answers: Answers): string {
  const one = (key: Key): string => answers[key]?.[0] ?? '';
  const deployment = one('deployment');
  const tls = one('tls') === '' ? 'bridging' : one('tls');
  const trusted = one('second') === 'trusted';
  const howTo = `docs/how-to/${deployment}-${tls}.md`;
  const endpoint = { certificate: 'live' };
  const apis = { hostname: one('apisHostname'), address: one('apisAddress'), ...endpoint };
  const second: [string, object] = trusted
    ? ['trusted', { address: one('trustedAddress'), ...endpoint, allow: answers.trustedAllow }]
    : ['apps', { hostname: one('appsHostname'), address: one('appsAddress'), ...endpoint }];
  const machines = machineGroups.flatMap(([key, group]): [string, object][] =>
    answers[key] === undefined ? [] : [[group, machinesOf(answers[key])]],
  );

  return [
    '# A declaration for Aorta. Every key with its default: docs/reference/declaration.md',
    '# After each change: `aorta check` finds mistakes, `aorta explain` shows every value and its source.',
    'aorta: v1',
    ...entries('', [['site', one('site')]]),
    '',
    '# What clients see: certificate, chain and private key. Paths are relative to this file; keep the files at',
    '# mode 0600. Other forms (two files, PFX, passwords): docs/how-to/certificates.md',
    'certificates:',
    ...entries('  ', [['live', certificate(one('certificate'), one('passwordFile'))]]),
    '',
    `# Picture, firewall table and what to tell MEDITECH: ${howTo}`,
    '# Everything else this block can say: docs/reference/blueprints/meditech-restful-api.md',
    'services:',
    '  live:',
    '    blueprint: meditech/restful-api',
    ...entries('    ', [
      ['deployment', deployment],
      ['tls', tls],
    ]),
    '',
    '    # What clients reach: TLS on port 443; port 80 only redirects there. Each has its own address.',
    ...(trusted
      ? ['    # `trusted` answers only the networks in `allow`: docs/how-to/trusted-clients.md']
      : []),
    ...entries('    ', [['apis', apis], second]),
    '',
    '    # The machines, as `name: address`. Only the API servers get requests; the others stand behind them.',
    ...entries('    ', machines),
    '',
    ...(tls === 'bridging' ? trustLines(one('ca')) : segmentLines(answers.trustedSegment?.[0])),
    '',
    '# Anything else, spelled out: docs/reference/declaration.md#virtualservices',
    'virtualServices: {}',
    '',
  ].join('\n');
}

const machineGroups = [
  ['apiServer', 'apiServers'],
  ['cacheServer', 'cacheServers'],
  ['platformService', 'platformService'],
  ['fileLibrary', 'fileLibrary'],
  ['monitorService', 'monitorService'],
] as const satisfies readonly (readonly [Key, string])[];

function machinesOf(texts: readonly string[]): ReadonlyMap<string, string> {
  const machines = new Map<string, string>();
  for (const text of texts) {
    const parts = splitMachine(text);
    if (parts !== undefined) machines.set(parts.name, parts.address);
  }
  return machines;
}

function certificate(file: string, passwordFile: string): object {
  const source = /\.(pfx|p12)$/i.test(file) ? { pfx: file } : { pem: file };
  return passwordFile === '' ? source : { ...source, passwordFile };
}

function trustLines(ca: string): string[] {
  return [
    "    # Who signed the API servers' certificates. They must cover the host names above; if they cover",
    '    # another name, add it as `serverName`: docs/how-to/certificates.md#the-servers-certificates',
    ...entries('    ', [['backendTrust', { ca }]]),
  ];
}

function segmentLines(segment: string | undefined): string[] {
  const comment = '    # Plain HTTP crosses this network segment. Without a name here, every check warns.';
  if (segment === undefined) return [comment, '    # trustedSegment: the name of the segment'];
  return [comment, ...entries('    ', [['trustedSegment', segment]])];
}

/** `key: value` lines, values in one column. A value too long for its line goes below its key. */
function entries(indent: string, pairs: readonly (readonly [key: string, value: unknown])[]): string[] {
  const longest = Math.max(...pairs.map(([key]) => key.length));
  return pairs.flatMap(([key, value]) => {
    const line = `${indent}${`${key}:`.padEnd(longest + 1)} ${written(value, true)}`;
    if (line.length <= widest || typeof value === 'string') return [line];
    const below = written(value, false).split('\n');
    return [`${indent}${key}:`, ...below.map((text) => `${indent}  ${text}`)];
  });
}

function written(value: unknown, flow: boolean): string {
  return new Document(value, { flow }).toString({ lineWidth: 0, blockQuote: false }).trimEnd();
}
