import { randomUUID } from 'node:crypto';
import { Client as FhirKitClient } from 'fhir-kit-client';
import { Dispatcher1Wrapper } from 'undici';
import { describe, expect, test } from 'vitest';
import type { Service, ServiceName } from './service.ts';
import type { SmartApp } from './smart-app.ts';

const base = '/v1/uscore/R4';
const patients = 75;

interface Bundle {
  readonly total?: number;
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry: readonly { readonly fullUrl: string; readonly resource: { readonly id: string } }[];
}
interface BatchAnswer {
  readonly entry: readonly { readonly response: { readonly status: string; readonly location: string } }[];
}

/** A batch that writes so many records. */
function batch(size: number): { resourceType: 'Bundle'; type: 'batch'; entry: object[] } {
  const entry = Array.from({ length: size }, () => ({
    request: { method: 'POST', url: 'Communication' },
    resource: { resourceType: 'Communication', status: 'completed' },
  }));
  return { resourceType: 'Bundle', type: 'batch', entry };
}

const other: Readonly<Record<ServiceName, ServiceName>> = { apis: 'apps', apps: 'apis' };

/** What real clients do, through both services. */
export function describeClients(started: () => Service, smartApp: () => SmartApp): void {
  describe.each(['apis', 'apps'] as const)('clients of %s', (name) => {
    /** Every record of a batch can be read, through the other service. */
    async function expectWritten(answer: BatchAnswer, size: number, authorization: string): Promise<void> {
      const service = started();
      expect(answer.entry.map(({ response }) => response.status)).toEqual(Array(size).fill('201'));
      for (const { response } of answer.entry) {
        const url = new URL(response.location, `${service.origins[other[name]]}${base}/`);
        const path = url.pathname.slice(url.pathname.indexOf('/Communication/'));
        const read = await service.ask(`${service.origins[other[name]]}${base}${path}`, {
          headers: { authorization },
        });
        expect(read.status, response.location).toBe(200);
      }
    }

    test('fhir-kit-client logs in, searches, pages across servers and writes a batch', async () => {
      const service = started();
      // Node's own fetch speaks the older interface of dispatchers.
      const requestOptions = { dispatcher: new Dispatcher1Wrapper(service.newAgent()) };
      const client = new FhirKitClient({ baseUrl: `${service.origins[name]}${base}`, requestOptions });
      const { tokenUrl } = await client.smartAuthMetadata();
      expect(String(tokenUrl)).toBe(`${service.origins[name]}/oauth/token`);
      const token = await service.token(name);
      client.bearerToken = token;

      let page = await client.search({ resourceType: 'Patient', searchParams: { _count: 5 } });
      const servers: string[] = [];
      const ids: string[] = [];
      for (let pages = 0; pages < 2 * patients; pages += 1) {
        const bundle = page as unknown as Bundle;
        const { response } = FhirKitClient.httpFor(page);
        servers.push(response?.headers.get('x-lab-server') ?? 'none');
        ids.push(...bundle.entry.map(({ resource }) => resource.id));
        for (const url of [...bundle.link, ...bundle.entry.map(({ fullUrl }) => ({ url: fullUrl }))]) {
          expect(url.url.startsWith(`${service.origins[name]}:443${base}/Patient`), url.url).toBe(true);
        }
        const next = await client.nextPage({
          bundle: page as Parameters<typeof client.nextPage>[0]['bundle'],
        });
        if (next === undefined) break;
        page = next;
      }
      expect(new Set(ids).size).toBe(patients);
      expect(ids).toHaveLength(patients);
      expect(servers).toHaveLength(patients / 5);
      const crossings = servers.filter((server, index) => index > 0 && server !== servers[index - 1]);
      expect(crossings.length, servers.join(' ')).toBeGreaterThan(0);

      const link = (page as unknown as Bundle).entry[0]?.fullUrl ?? '';
      const headers = { authorization: `Bearer ${token}` };
      expect((await service.ask(link, { headers })).status).toBe(200);

      const id = randomUUID();
      const options = { headers: { 'x-request-id': id } };
      const written = await client.batch({ body: batch(20), options });
      await expectWritten(written as unknown as BatchAnswer, 20, headers.authorization);
      const executed = await Promise.all(
        ['api-1', 'api-2'].map(
          async (one) => (await service.estate.control(one).stats()).executions[id] ?? 0,
        ),
      );
      expect(executed.reduce((sum, count) => sum + count)).toBe(1);
    });

    test('fhirclient logs in with code and PKCE, reads its patient, pages and writes a batch', async () => {
      const service = started();
      const before = await countPatients(service);
      const { client, met } = await smartApp().logIn(service, `${service.origins[name]}:443${base}`);
      expect(met.length).toBeGreaterThan(2);
      expect(await client.patient.read()).toMatchObject({ resourceType: 'Patient' });
      const all = await client.request<{ id: string }[]>('Patient?_count=10', { pageLimit: 0, flat: true });
      expect(new Set(all.map(({ id }) => id)).size).toBe(patients);
      const after = await countPatients(service);
      for (const [server, count] of Object.entries(after)) {
        expect(count - (before[server] ?? 0), server).toBeGreaterThan(0);
      }
      const written = await client.request<BatchAnswer>({
        url: `${service.origins[name]}${base}`,
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify(batch(5)),
      });
      await expectWritten(written, 5, `Bearer ${await service.token(name)}`);
    });

    test('both servers answer, each its share', async () => {
      const service = started();
      const counts: Record<string, number> = {};
      for (let index = 0; index < 40; index += 1) {
        const { status, headers } = await service.ask(`${service.origins[name]}${base}/metadata`);
        expect(status).toBe(200);
        const server = String(headers['x-lab-server']);
        counts[server] = (counts[server] ?? 0) + 1;
      }
      expect(Object.keys(counts).sort()).toEqual(['api-1', 'api-2']);
      expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(10);
    });

    test('without a token nothing is read', async () => {
      const service = started();
      const answer = await service.ask(`${service.origins[name]}${base}/Patient`);
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toEqual({
        resource: 'Patient',
        detail: 'Missing or invalid authorization',
      });
    });
  });
}

async function countPatients({ estate }: Service): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const server of ['api-1', 'api-2']) {
    counts[server] = (await estate.control(server).stats()).requests[`GET ${base}/Patient`] ?? 0;
  }
  return counts;
}
