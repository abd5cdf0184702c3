import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Estate } from './estate.ts';
import { syntheticNdjson } from './ndjson.ts';
import { digestOf, ServerClient, startTestEstate } from './test-client.ts';

const FHIR = '/v1/uscore/R4';

interface SearchBundle {
  total?: number;
  link: { relation: string; url: string }[];
  entry: { fullUrl: string; resource: { resourceType: string; id: string } }[];
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const next = (bundle: SearchBundle): string => {
  const url = bundle.link.find(({ relation }) => relation === 'next')?.url;
  if (url === undefined) throw new Error('the page has no next link');
  return url;
};

describe.each([
  { topology: 'recommended', tls: 'bridging' },
  { topology: 'recommended', tls: 'offload' },
  { topology: 'minimum', tls: 'bridging' },
  { topology: 'minimum', tls: 'offload' },
] as const)('$topology, $tls', ({ topology, tls }) => {
  let estate: Estate;
  let end: () => Promise<void>;
  let a: ServerClient;
  let b: ServerClient;
  let authorization: string;

  beforeAll(async () => {
    ({ estate, end } = await startTestEstate({ topology, tls }));
    a = await ServerClient.to(estate, 'api-1');
    b = await ServerClient.to(estate, 'api-2');
    authorization = `Bearer ${await a.token(estate)}`;
  });
  afterAll(async () => {
    await a?.close();
    await b?.close();
    const pids = estate?.processes.map(({ pid }) => pid) ?? [];
    await end?.();
    expect(pids.filter(alive)).toEqual([]);
  });

  const search = async (on: ServerClient, path: string): Promise<SearchBundle> => {
    const answer = await on.ask(path, { headers: { authorization } });
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text) as SearchBundle;
  };

  test('a request without a token gets 401 in the form of the field, on both servers', async () => {
    for (const [server, name] of [
      [a, 'api-1'],
      [b, 'api-2'],
    ] as const) {
      const answer = await server.ask(`${FHIR}/Patient`);
      expect(answer.status).toBe(401);
      expect(Object.keys(JSON.parse(answer.text) as object)).toEqual(['resource', 'detail']);
      expect(answer.headers).toMatchObject({
        'x-lab-server': name,
        'mtrestapi-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
        'strict-transport-security': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'keep-alive': 'timeout=75',
      });
    }
    const forged = await a.ask(`${FHIR}/Patient`, { headers: { authorization: 'Bearer nobody' } });
    expect(forged.status).toBe(401);
  });

  test('metadata and discovery are anonymous, and metadata is of realistic size', async () => {
    const metadata = await a.ask(`${FHIR}/metadata`);
    expect(metadata.status).toBe(200);
    expect(JSON.parse(metadata.text)).toMatchObject({
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      software: { name: 'Interoperability Services: US Core FHIR R4' },
    });
    expect(metadata.text.length).toBeGreaterThan(45_000);
    expect(metadata.text.length).toBeLessThan(57_000);
    for (const path of ['', FHIR, '/v2/uscore/STU6']) {
      expect(await b.json(`${path}/.well-known/smart-configuration`)).toMatchObject({
        token_endpoint: `${b.origin}/oauth/token`,
      });
    }
    expect(await b.json('/.well-known/openid-configuration')).toMatchObject({
      issuer: `https://${estate.hostnames.apis}`,
    });
  });

  test('a search begun on one server goes on at the other until every patient was seen once', async () => {
    const seen: string[] = [];
    const first = await search(a, `${FHIR}/Patient`);
    expect(first.total).toBe(75);
    expect(first.entry).toHaveLength(20);
    let page: SearchBundle = first;
    for (const server of [b, a, b]) {
      seen.push(...page.entry.map(({ resource }) => resource.id));
      const url = new URL(next(page));
      expect(url.search).toMatch(/^\?continue=Patient\.[0-9a-f-]{36}$/);
      page = await search(server, url.pathname + url.search);
    }
    seen.push(...page.entry.map(({ resource }) => resource.id));
    expect(page.link.some(({ relation }) => relation === 'next')).toBe(false);
    expect(seen).toHaveLength(75);
    expect(new Set(seen).size).toBe(75);
  });

  test('links name the port the proxy said, 443 too', async () => {
    const answer = await a.ask(`${FHIR}/Patient?_count=5`, {
      headers: {
        authorization,
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'mtrestapps-live01.stelsewhere.example',
        'x-forwarded-port': '443',
      },
    });
    const bundle = JSON.parse(answer.text) as SearchBundle;
    const base = `https://mtrestapps-live01.stelsewhere.example:443${FHIR}/Patient`;
    expect(next(bundle).startsWith(`${base}?continue=`)).toBe(true);
    expect(bundle.link[0]?.url).toBe(`${base}?_count=5`);
    expect(bundle.entry[0]?.fullUrl.startsWith(base)).toBe(true);
  });

  test('a resource written on one server is read and found on the other', async () => {
    const created = await a.ask(`${FHIR}/Communication`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Communication', status: 'completed', id: 'chosen-by-client' }),
    });
    expect(created.status).toBe(201);
    const { id, meta } = JSON.parse(created.text) as { id: string; meta: { versionId: string } };
    expect(id).not.toBe('chosen-by-client');
    const read = await b.json(`${FHIR}/Communication/${id}`, { headers: { authorization } });
    expect(read).toMatchObject({ id, meta: { versionId: meta.versionId } });
    expect((await search(b, `/v2/uscore/STU6/Communication?_id=${id}`)).total).toBe(1);
  });

  test('an escaped comma in a name finds the patient', async () => {
    const { entry } = await search(a, `${FHIR}/Patient?_count=1`);
    const patient = entry[0]?.resource as unknown as {
      id: string;
      name: [{ family: string; given: [string] }];
    };
    const [{ family, given }] = patient.name;
    const found = await search(b, `${FHIR}/Patient?name=${family}%5C,${given[0]}`);
    expect(found.entry.map(({ resource }) => resource.id)).toContain(patient.id);
  });

  test('the echo shows what arrived byte for byte', async () => {
    const target = '/lab/echo/x?name=Last\\,First&code=http://loinc.org|8867-4&n=$count:1';
    const echo = await a.json(target, { method: 'POST', body: 'abc', headers: { 'X-Case': 'Kept' } });
    expect(echo).toMatchObject({
      server: 'api-1',
      method: 'POST',
      target,
      httpVersion: '1.1',
      body: { length: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
    });
    expect(echo.rawHeaders).toContain('X-Case');
    if (tls === 'bridging') expect(echo.tls).toMatchObject({ servername: estate.hostnames.apis });
    else expect(echo.tls).toBeUndefined();
  });

  test('a batch of 1,500 entries is carried out entry by entry', async () => {
    const entry = Array.from({ length: 1_500 }, (_, index) =>
      index % 3 === 0
        ? {
            request: { method: 'POST', url: 'Communication' },
            resource: { resourceType: 'Communication', status: 'completed' },
          }
        : { request: { method: 'GET', url: `Patient?_count=1&_offset=${index % 70}` } },
    );
    const before = (await search(b, `${FHIR}/Communication?_count=1`)).total ?? 0;
    const answer = await a.ask('/v2/bundle', {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    });
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    const result = JSON.parse(answer.text) as { entry: { response: { status: string } }[] };
    expect(result.entry).toHaveLength(1_500);
    expect(result.entry.filter(({ response }) => response.status === '201')).toHaveLength(500);
    expect((await search(b, `${FHIR}/Communication?_count=1`)).total).toBe(before + 500);
  });

  test('an export of 50 MB begun on one server is polled and downloaded on the other, every byte right', async () => {
    const size = 50_000_000;
    const headers = { authorization };
    const kickOff = await a.ask(`${FHIR}/Patient/$export?_labBytes=${size}`, { headers });
    expect(kickOff.status).toBe(202);
    const location = new URL(String(kickOff.headers['content-location']));
    const path = location.pathname;
    let poll = await b.ask(path, { headers });
    // A busy machine makes and hashes it in more than ten seconds.
    const deadline = Date.now() + 40_000;
    while (poll.status === 202 && Date.now() < deadline) {
      await delay(50);
      poll = await b.ask(path, { headers });
    }
    const { output } = JSON.parse(poll.text) as { output: { url: string; extension: { sha256: string } }[] };
    const file = await b.open(new URL(output[0]?.url ?? '').pathname, { headers });
    expect(file.headers['content-length']).toBe(String(size));
    expect(await digestOf(file.body)).toEqual({ length: size, sha256: output[0]?.extension.sha256 });
  });

  test('an export of resources is newline-delimited JSON', async () => {
    const headers = { authorization };
    const kickOff = await b.ask(`${FHIR}/$export?_type=Patient`, { headers });
    const { pathname } = new URL(String(kickOff.headers['content-location']));
    let poll = await a.ask(pathname, { headers });
    for (
      const deadline = Date.now() + 10_000;
      poll.status === 202 && Date.now() < deadline;
      await delay(50)
    ) {
      poll = await a.ask(pathname, { headers });
    }
    const { output } = JSON.parse(poll.text) as { output: { url: string }[] };
    const { text } = await a.ask(new URL(output[0]?.url ?? '').pathname, { headers });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { resourceType: string });
    expect(lines).toHaveLength(75);
    expect(new Set(lines.map(({ resourceType }) => resourceType))).toEqual(new Set(['Patient']));
  });

  test('a chunked upload of unknown length comes back as it was sent', async () => {
    const parts = Array.from({ length: 64 }, () => randomBytes(50_000));
    const sent = await digestOf(Readable.from(parts));
    const upload = await a.json('/v1/documents', {
      method: 'POST',
      headers: { authorization },
      body: Readable.from(parts),
    });
    expect(upload).toMatchObject({ size: sent.length, sha256: sent.sha256 });
    const download = await b.open(`/v1/documents/${String(upload.id)}`, { headers: { authorization } });
    expect(await digestOf(download.body)).toEqual(sent);
  });

  test('a token of one server is accepted, introspected and revoked at the other', async () => {
    const token = await a.token(estate);
    const { clientId, clientSecret } = estate.oauth.confidential;
    const ask = {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ token }).toString(),
    } as const;
    expect(await b.json('/oauth/introspect', ask)).toMatchObject({ active: true, client_id: clientId });
    expect((await b.ask('/oauth/revoke', ask)).status).toBe(200);
    const after = await a.ask(`${FHIR}/Patient?_count=1`, { headers: { authorization: `Bearer ${token}` } });
    expect(after.status).toBe(401);
  });

  test('the services behind are really called', async () => {
    const called = async (name: string): Promise<string> =>
      Object.keys((await estate.control(name).stats()).requests).join(' ');
    expect(await called('platform-1')).toContain('GET /clients/');
    expect(await called('files-1')).toContain('PUT /files/{id}');
    expect(await called(topology === 'minimum' ? 'api-1.cache' : 'cache-1')).toContain('POST /changes');
    const deadline = Date.now() + 5_000;
    while (!(await called('monitor-1')).includes('POST /events') && Date.now() < deadline) await delay(50);
    expect(await called('monitor-1')).toContain('POST /events');
  });
});

test('synthetic lines have the exact size and are JSON to the last', () => {
  for (const size of [128, 1_000, 65_536, 1_000_003]) {
    const text = Buffer.concat([...syntheticNdjson(size)]).toString('latin1');
    expect(text.length).toBe(size);
    for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  }
});
