import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Echo } from '../../lab/servers/api/echo.ts';
import { type FrontClient, frontClient, type HttpVersion } from '../harness/front-client.ts';
import { type LabFront, startLabFront } from '../harness/lab-front.ts';
import { labToken } from '../harness/lab-token.ts';
import { until } from '../harness/until.ts';

const megabyte = 1 << 20;
let front: LabFront;
let token: string;
const clients = new Map<HttpVersion, FrontClient>();
beforeAll(async () => {
  front = await startLabFront({ tls: 'bridging' });
  for (const version of ['HTTP/1.1', 'HTTP/2'] as const)
    clients.set(version, frontClient(front.apis, version));
  token = await labToken(clientFor('HTTP/1.1'), front.estate, 'system/*.read system/*.write');
});
afterAll(async () => {
  for (const client of clients.values()) client.close();
  await front?.stop();
});

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('over %s', (version) => {
  test('an export of 50 MB arrives whole, and HAProxy does not hold it', async () => {
    const client = clientFor(version);
    const authorization = `Bearer ${token}`;
    const started = await client.ask(`/v1/uscore/R4/Patient/$export?_labBytes=${50 * megabyte}`, {
      headers: { authorization, prefer: 'respond-async', accept: 'application/fhir+json' },
    });
    expect(started.status).toBe(202);
    const status = new URL(started.headers['content-location'] ?? '');
    const done = await until('the export is ready', async () => {
      const answer = await client.ask(status.pathname, { headers: { authorization } });
      return answer.status === 200 ? answer : undefined;
    });
    const [file] = (JSON.parse(done.text) as { output: { url: string; extension: { sha256: string } }[] })
      .output;
    const before = await peakMemory();
    const answer = await client.ask(new URL(file?.url ?? '').pathname, { headers: { authorization } });
    const grown = (await peakMemory()) - before;
    console.log(`${version}: 50 MB down, peak memory of the workers grew by ${Math.round(grown / 1024)} KB`);
    expect(answer).toMatchObject({ status: 200, length: 50 * megabyte, sha256: file?.extension.sha256 });
    expect(grown).toBeLessThan(10 * megabyte);
  }, 60_000);

  test('a chunked upload of 50 MB arrives whole, and HAProxy does not hold it', async () => {
    const pattern = randomBytes(megabyte);
    const hash = createHash('sha256');
    for (let count = 0; count < 50; count += 1) hash.update(pattern);
    // Odd pieces, so that chunks, records and buffers end in different places.
    async function* pieces() {
      for (let count = 0; count < 50; count += 1) {
        for (let at = 0; at < megabyte; at += 65_521) yield pattern.subarray(at, at + 65_521);
      }
    }
    const before = await peakMemory();
    const answer = await clientFor(version).ask('/v1/documents', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: Readable.from(pieces()),
    });
    const grown = (await peakMemory()) - before;
    console.log(`${version}: 50 MB up, peak memory of the workers grew by ${Math.round(grown / 1024)} KB`);
    expect(answer.status, answer.text).toBe(201);
    expect(JSON.parse(answer.text)).toMatchObject({ size: 50 * megabyte, sha256: hash.digest('hex') });
    expect(grown).toBeLessThan(10 * megabyte);
  }, 60_000);

  test('a batch of 1,500 entries is carried out', async () => {
    const entry = Array.from({ length: 1_500 }, (_, index) => ({
      request: { method: 'POST', url: 'Communication' },
      resource: {
        resourceType: 'Communication',
        status: 'completed',
        note: [{ text: `${version} ${index}` }],
      },
    }));
    const answer = await clientFor(version).ask('/v2/bundle', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    });
    expect(answer.status, answer.text.slice(0, 500)).toBe(200);
    const { entry: done } = JSON.parse(answer.text) as { entry: { response: { status: string } }[] };
    expect(done).toHaveLength(1_500);
    expect(new Set(done.map(({ response }) => response.status))).toEqual(new Set(['201']));
  }, 60_000);

  test.each([0, 1, 16_383, 16_384, 16_385, 1_000_003])('a body of %i bytes arrives whole', async (size) => {
    const body = randomBytes(size);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
    const echo = await echoed(version, { method: 'POST', headers, body });
    expect(echo.body).toEqual({ length: size, sha256: createHash('sha256').update(body).digest('hex') });
  });

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s without a body has none',
    async (method) => {
      const echo = await echoed(version, { method });
      expect(echo).toMatchObject({ method, body: { length: 0 } });
    },
  );

  test('HEAD has the headers of GET and no body', async () => {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => clientFor(version).ask('/v1/uscore/R4/metadata', { method })),
    );
    expect(head).toMatchObject({ status: 200, length: 0 });
    expect(head?.headers['content-length']).toBe(String(get?.length));
  });

  test('a header of 12 KB arrives as sent', async () => {
    const value = `Bearer ${randomBytes(6_140).toString('hex')}`;
    const echo = await echoed(version, { headers: { authorization: value } });
    expect(headerOf(echo, 'authorization')).toEqual([value]);
  });

  test('header values arrive as sent', async () => {
    const values = {
      'x-quotes': '"a\\"b" \\ \'c\'',
      'x-percent': '%[src] %{+Q}r %7C',
      'x-list': 'a, b;c=d,,e',
      accept: 'application/fhir+json;q=0.9, */*',
    };
    const echo = await echoed(version, { headers: values });
    for (const [name, value] of Object.entries(values)) expect(headerOf(echo, name)).toEqual([value]);
  });
});

test('50 requests at a time over one HTTP/2 connection are spread over both servers as HTTP/1.1', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      echoed('HTTP/2', { method: 'POST', body: `body ${index}` }, `/${index}`),
    ),
  );
  expect(answers.map(({ target }) => target)).toEqual(answers.map((_, index) => `/lab/echo/${index}`));
  answers.forEach(({ body }, index) =>
    expect(body.sha256).toBe(createHash('sha256').update(`body ${index}`).digest('hex')),
  );
  expect(new Set(answers.map(({ httpVersion }) => httpVersion))).toEqual(new Set(['1.1']));
  expect(new Set(answers.map(({ server }) => server)).size).toBe(2);
});

function clientFor(version: HttpVersion): FrontClient {
  const client = clients.get(version);
  if (client === undefined) throw new Error(`no client for ${version}`);
  return client;
}

async function echoed(
  version: HttpVersion,
  question: Parameters<FrontClient['ask']>[1],
  path = '',
): Promise<Echo> {
  const answer = await clientFor(version).ask(`/lab/echo${path}`, question);
  expect(answer.status, answer.text).toBe(200);
  return JSON.parse(answer.text) as Echo;
}

function headerOf({ rawHeaders }: Echo, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

/** Bytes. */
async function peakMemory(): Promise<number> {
  const workers = await front.product.workerPids();
  expect(workers.length).toBeGreaterThan(0);
  const peaks = await Promise.all(
    workers.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024;
    }),
  );
  return peaks.reduce((sum, peak) => sum + peak, 0);
}
