import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanRequest } from '../../src/contract/operations.ts';
import { OpensslFixture, server } from '../../src/pki/openssl-fixture.ts';

/** What differs from change to change, all of it in the first service. */
export interface Options {
  /** Of its server `one`: a command at runtime. */
  readonly weight?: number;
  /** In seconds, in an error answer: a reload. */
  readonly retryAfter?: number;
}

const certificate = 'all.pem';

/** Of this run alone, so that another one at the same time binds other addresses. */
const net = 20 + Math.floor(Math.random() * 180);

/** Writes the declaration, and the one certificate that it names, where `aorta up` is to read them. */
export async function writeDeclaration(directory: string, services: number): Promise<string> {
  const pki = new OpensslFixture();
  try {
    const leaf = pki.issue({ subject: '/CN=all', extensions: server('*.stelsewhere.example') });
    await writeFile(join(directory, certificate), leaf.certificate + leaf.key, { mode: 0o600 });
  } finally {
    pki.close();
  }
  const file = join(directory, 'aorta.yaml');
  await writeFile(file, declaration(services, {}));
  return file;
}

/** The declaration as a client sends it, with the certificate. */
export async function requestFor(
  directory: string,
  services: number,
  options: Options,
): Promise<PlanRequest> {
  const base64 = (await readFile(join(directory, certificate))).toString('base64');
  const files = { [certificate]: { kind: 'read' as const, base64, othersCanRead: false } };
  return { file: 'aorta.yaml', text: declaration(services, options), files };
}

/**
 * Services of four servers each, on loopback, with TLS and cookies, so that each has companion files. Nobody listens at
 * the servers, which are rarely checked: their first checks end while the controller starts.
 */
function declaration(services: number, { weight = 100, retryAfter = 4 }: Options): string {
  const one = (index: number): string => {
    const [a, b] = [Math.floor(index / 250), index % 250];
    const first = index === 0;
    const real = (name: string, second: number) =>
      `        ${name}: { address: 127.${second}.${a}.${b}, port: 8000, weight: ${first && name === 'one' ? weight : 100} }\n`;
    return `  service-${index}:
    hostnames: [service-${index}.stelsewhere.example]
    listeners: [{ protocol: https, address: 127.${net}.${a}.${b + 1}, port: 8443, certificates: [all] }]
    maxConnections: 2
    errorAnswers: { retryAfter: ${first ? retryAfter : 4}s }
    pool:
      trustedSegment: loopback
      persistence: { type: cookie }
      servers:
${real('one', 211)}${real('two', 212)}${real('three', 213)}${real('four', 214)}      healthCheck: { type: tcp, interval: 60s, fastInterval: 60s, downInterval: 60s }
`;
  };
  const all = Array.from({ length: services }, (_, index) => one(index)).join('');
  return `aorta: v1\nsite: St. Elsewhere\ncertificates:\n  all: { pem: ${certificate} }\nvirtualServices:\n${all}`;
}
