import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanRequest } from '../../src/contract/operations.ts';
import { OpensslFixture, server } from '../../src/pki/openssl-fixture.ts';
import { type Started, start, untilOpen } from './data-plane/processes.ts';

/** What differs from change to change, all of it in the first service. */
export interface Options {
  /** Of its server `one`: a command at runtime. */
  readonly weight?: number;
  /** In seconds, in an error answer: a reload. */
  readonly retryAfter?: number;
}

/** So many services with so many servers each. */
export interface Size {
  readonly services: number;
  readonly each: number;
}

/** @param text such as `1000`, with four servers each, or `250x40` */
export function sizeOf(text: string): Size {
  const [services, each = 4] = text.split('x').map(Number);
  if (!Number.isInteger(services) || !Number.isInteger(each) || each > 40)
    throw new Error(`not a number of services, or of services and up to 40 servers: ${text}`);
  return { services: services ?? 0, each };
}

const certificate = 'all.pem';

/** Of this run alone, so that another one at the same time binds other addresses. */
const net = 20 + Math.floor(Math.random() * 180);

/** Writes the declaration, and the one certificate that it names, where `aorta up` is to read them. */
export async function writeDeclaration(directory: string, size: Size): Promise<string> {
  const pki = new OpensslFixture();
  try {
    const leaf = pki.issue({ subject: '/CN=all', extensions: server('*.stelsewhere.example') });
    await writeFile(join(directory, certificate), leaf.certificate + leaf.key, { mode: 0o600 });
  } finally {
    pki.close();
  }
  const file = join(directory, 'aorta.yaml');
  await writeFile(file, declaration(size, {}));
  return file;
}

/** All servers, as one program on loopback alone. */
export async function startServers(directory: string): Promise<Started> {
  const file = join(directory, 'servers.cfg');
  const section = (head: string, lines: readonly string[]) =>
    [head, ...lines.map((line) => `  ${line}`)].join('\n');
  const text = [
    section('global', ['maxconn 1000']),
    section('defaults', ['mode http', 'timeout client 10s']),
    section('frontend servers', [
      'bind 0.0.0.0:8000 interface lo',
      'http-request return status 200 content-type text/plain string served',
    ]),
  ];
  await writeFile(file, `${text.join('\n')}\n`);
  const servers = await start(['haproxy', '-db', '-f', file], directory, 'servers');
  await untilOpen('127.211.0.0', 8000, [servers]);
  return servers;
}

/** The declaration as a client sends it, with the certificate. */
export async function requestFor(directory: string, size: Size, options: Options): Promise<PlanRequest> {
  const base64 = (await readFile(join(directory, certificate))).toString('base64');
  const files = { [certificate]: { kind: 'read' as const, base64, othersCanRead: false } };
  return { file: 'aorta.yaml', text: declaration(size, options), files };
}

/**
 * Services on loopback, with TLS and cookies, so that each has companion files. Their servers are rarely checked: the
 * first checks end while the controller starts.
 */
function declaration({ services, each }: Size, { weight = 100, retryAfter = 4 }: Options): string {
  const one = (index: number): string => {
    const [a, b] = [Math.floor(index / 250), index % 250];
    const first = index === 0;
    const real = (number: number) =>
      `        ${serverName(number)}: { address: 127.${211 + number}.${a}.${b}, port: 8000, weight: ${first && number === 0 ? weight : 100} }\n`;
    return `  service-${index}:
    hostnames: [service-${index}.stelsewhere.example]
    listeners: [{ protocol: https, address: 127.${net}.${a}.${b + 1}, port: 8443, certificates: [all] }]
    maxConnections: 2
    errorAnswers: { retryAfter: ${first ? retryAfter : 4}s }
    pool:
      trustedSegment: loopback
      persistence: { type: cookie }
      servers:
${Array.from({ length: each }, (_, number) => real(number)).join('')}      healthCheck: { type: tcp, interval: 60s, fastInterval: 60s, downInterval: 60s }
`;
  };
  const all = Array.from({ length: services }, (_, index) => one(index)).join('');
  return `aorta: v1\nsite: St. Elsewhere\ncertificates:\n  all: { pem: ${certificate} }\nvirtualServices:\n${all}`;
}

/** `one`, `two`, and so on as long as there are words for it. */
function serverName(number: number): string {
  return ['one', 'two', 'three', 'four'][number] ?? `server-${number + 1}`;
}
