import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FrontClient, frontClient, type HttpVersion } from '../harness/front-client.ts';
import { type LabFront, startLabFront } from '../harness/lab-front.ts';
import { until } from '../harness/until.ts';

const versions: readonly HttpVersion[] = ['HTTP/1.1', 'HTTP/2'];
let front: LabFront;
let clients: readonly FrontClient[];
beforeAll(async () => {
  front = await startLabFront({ tls: 'bridging', topology: 'minimum' });
  clients = [front.apis, front.apps].flatMap((end) => versions.map((version) => frontClient(end, version)));
});
afterAll(async () => {
  for (const client of clients ?? []) client.close();
  await front?.stop();
});

test('without any API server clients get the sorry answer, and the service returns by itself', async () => {
  for (const client of clients) expect((await client.ask('/v1/uscore/R4/metadata')).status).toBe(200);
  await Promise.all(['api-1', 'api-2'].map((name) => front.estate.kill(name)));

  for (const client of clients) {
    // Until it is known that they are gone, a request in flight may end otherwise.
    await until('the sorry answer', async () =>
      (await client.ask('/v1/x')).status === 503 ? true : undefined,
    );
    for (const method of ['GET', 'POST']) {
      const fhir = await client.ask('/v1/uscore/R4/Patient?name=x', { method });
      expect(fhir).toMatchObject({ status: 503, headers: { 'content-type': 'application/fhir+json' } });
      expect(Number(fhir.headers['retry-after'])).toBeGreaterThan(0);
      expect(JSON.parse(fhir.text)).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ code: 'transient' }],
      });
      const plain = await client.ask('/oauth/token', { method });
      expect(plain).toMatchObject({ status: 503, headers: { 'content-type': 'application/json' } });
      expect(Number(plain.headers['retry-after'])).toBeGreaterThan(0);
      expect(JSON.parse(plain.text)).toMatchObject({ error: 'no-server', retry: 'safe' });
    }
  }
  // 1: a service is down.
  await until(
    'the status says so',
    async () => ((await front.product.run('status')).code === 1 ? true : undefined),
    30_000,
  );

  await Promise.all(['api-1', 'api-2'].map((name) => front.estate.restart(name)));
  for (const client of clients) {
    const back = async () => ((await client.ask('/v1/uscore/R4/metadata')).status === 200 ? true : undefined);
    await until('the service is back', back, 40_000);
  }
  expect((await front.product.run('status')).code).toBe(0);
}, 120_000);
