import { type Answers, type OutlinePart, splitMachine } from '../../starter.ts';

/** How a first declaration of this kind of estate reads. */
export function outline(answers: Answers): readonly OutlinePart[] {
  const one = (key: string): string => answers[key]?.[0] ?? '';
  const deployment = one('deployment');
  const tls = one('tls') === '' ? 'bridging' : one('tls');
  const trusted = one('second') === 'trusted';
  const endpoint = { certificate: 'live' };
  const apis = { hostname: one('apisHostname'), address: one('apisAddress'), ...endpoint };
  return [
    comment(0, 'A declaration for Aorta. Every key with its default: docs/reference/declaration.md'),
    comment(
      0,
      'After a change, `aorta check` finds mistakes; `aorta explain` shows every value and its source.',
    ),
    entries(0, { aorta: 'v1' }),
    entries(0, { site: one('site') }),
    blank,
    comment(
      0,
      'What clients see: certificate, chain and private key. Paths are relative to this file; keep the',
    ),
    comment(0, 'files at mode 0600. Other forms (two files, PFX, passwords): docs/how-to/certificates.md'),
    open(0, 'certificates'),
    entries(1, { live: certificate(one('certificate'), one('passwordFile')) }),
    blank,
    comment(0, `Picture, firewall table, what to tell MEDITECH: docs/how-to/${deployment}-${tls}.md`),
    comment(0, 'Everything else this block can say: docs/reference/blueprints/meditech-restful-api.md'),
    open(0, 'services'),
    open(1, 'live'),
    entries(2, { blueprint: 'meditech/restful-api', deployment, tls }),
    blank,
    comment(
      2,
      'What clients reach: TLS on port 443; port 80 only redirects there. Each has its own address.',
    ),
    ...(trusted
      ? [
          comment(2, '`trusted` answers only the networks in `allow`: docs/how-to/trusted-clients.md'),
          entries(2, {
            apis,
            trusted: { address: one('trustedAddress'), ...endpoint, allow: answers.trustedAllow ?? [] },
          }),
        ]
      : [
          entries(2, {
            apis,
            apps: { hostname: one('appsHostname'), address: one('appsAddress'), ...endpoint },
          }),
        ]),
    blank,
    comment(
      2,
      'The machines, as `name: address`. Only the API servers get requests; the others stand behind them.',
    ),
    entries(2, machines(answers)),
    blank,
    comment(
      2,
      'Where the services behind the API servers listen (your MEDITECH contact knows), so that they are',
    ),
    comment(2, `watched: cache, platformService, fileLibrary, monitorService, each \`{ port: PORT }\`:`),
    comment(2, 'docs/how-to/dependencies.md'),
    entries(2, { watch: {} }),
    blank,
    ...(tls === 'bridging' ? trust(one('ca')) : segment(answers.trustedSegment?.[0])),
    blank,
    comment(0, 'Anything else, spelled out: docs/reference/declaration.md#virtualservices'),
    entries(0, { virtualServices: {} }),
  ];
}

const blank: OutlinePart = { kind: 'blank' };

function comment(depth: number, text: string): OutlinePart {
  return { kind: 'comment', depth, text };
}

function open(depth: number, key: string): OutlinePart {
  return { kind: 'open', depth, key };
}

function entries(depth: number, values: Readonly<Record<string, unknown>>): OutlinePart {
  return { kind: 'entries', depth, entries: values };
}

const groups = [
  ['apiServer', 'apiServers'],
  ['cacheServer', 'cacheServers'],
  ['platformService', 'platformService'],
  ['fileLibrary', 'fileLibrary'],
  ['monitorService', 'monitorService'],
] as const;

function machines(answers: Answers): Record<string, unknown> {
  return Object.fromEntries(
    groups.flatMap(([key, group]) => {
      const named = (answers[key] ?? []).flatMap((text) => splitMachine(text) ?? []);
      return named.length === 0 ? [] : [[group, new Map(named.map(({ name, address }) => [name, address]))]];
    }),
  );
}

function certificate(file: string, passwordFile: string): object {
  const source = /\.(pfx|p12)$/i.test(file) ? { pfx: file } : { pem: file };
  return passwordFile === '' ? source : { ...source, passwordFile };
}

function trust(ca: string): OutlinePart[] {
  return [
    comment(
      2,
      "Who signed the API servers' certificates. They must cover the host names above; if they cover",
    ),
    comment(2, 'another name, add it as `serverName`: docs/how-to/certificates.md#the-servers-certificates'),
    entries(2, { backendTrust: { ca } }),
  ];
}

function segment(name: string | undefined): OutlinePart[] {
  const about = comment(
    2,
    'Plain HTTP crosses this network segment. Without its name here, every check warns.',
  );
  if (name === undefined) return [about, comment(2, 'trustedSegment: its name, as documented')];
  return [about, entries(2, { trustedSegment: name })];
}
