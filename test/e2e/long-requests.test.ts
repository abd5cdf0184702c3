import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { frontClient } from '../harness/front-client.ts';
import { startLabFront, type VirtualEnd } from '../harness/lab-front.ts';
import { labToken } from '../harness/lab-token.ts';
import { until } from '../harness/until.ts';

const size = 56_000_000;

/** Guards: a batch or an export that a reload or a drain in the middle of it breaks. */
test('a batch of 1,500 entries and an export of 56 MB outlast a reload and the drain of their server', {
  timeout: 180_000,
}, async () => {
  const front = await startLabFront({ tls: 'bridging' });
  onTestFinished(() => front.stop());
  const client = frontClient(front.apis, 'HTTP/1.1');
  onTestFinished(() => client.close());
  const token = await labToken(client, front.estate, 'system/*.read system/*.write');
  const headers = { authorization: `Bearer ${token}` };

  const kickOff = await client.ask(`/v1/uscore/R4/Patient/$export?_labBytes=${size}`, { headers });
  expect(kickOff.status).toBe(202);
  const path = new URL(kickOff.headers['content-location'] ?? '').pathname;
  const done = await until('the export', async () => {
    const poll = await client.ask(path, { headers });
    return poll.status === 200 ? poll.text : undefined;
  });
  const { output } = JSON.parse(done) as { output: { url: string; extension: { sha256: string } }[] };
  const [file] = output;
  if (file === undefined) throw new Error('nothing was exported');

  const download = slowly(front.apis, new URL(file.url).pathname, headers);
  const entry = Array.from({ length: 1_500 }, (_, index) =>
    index % 3 === 0
      ? {
          request: { method: 'POST', url: 'Communication' },
          resource: { resourceType: 'Communication', status: 'completed' },
        }
      : { request: { method: 'GET', url: `Patient?_count=1&_offset=${index % 20}` } },
  );
  const batch = client.ask('/v2/bundle', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
  });
  await until('the download to flow', () => (download.sofar() > 1_000_000 ? true : undefined));
  await Promise.all([
    batch,
    (async () => {
      // A reload, and then the servers one after the other, while both are under way.
      const { product, declaration } = front;
      const services = Object.fromEntries(
        Object.entries(Object(declaration).services as Record<string, object>).map(([name, service]) => [
          name,
          { ...service, maxConnections: 399 },
        ]),
      );
      await writeFile(product.file, JSON.stringify({ ...declaration, services }, undefined, 1));
      for (const words of [
        ['apply', product.file, '--guard', '1s'],
        ['drain', 'api-1', '--reason', 'patching'],
        ['enable', 'api-1'],
        ['drain', 'api-2', '--reason', 'patching'],
      ] as const) {
        const [command, ...rest] = words;
        const { code, stdout, stderr } = await product.run(command, ...rest);
        expect([command, code, stdout + stderr]).toEqual([command, 0, expect.any(String)]);
      }
    })(),
  ]);

  const answer = await batch;
  expect(answer.status).toBe(200);
  const statuses = (JSON.parse(answer.text) as { entry: { response: { status: string } }[] }).entry.map(
    ({ response }) => response.status,
  );
  expect([statuses.length, statuses.filter((status) => status === '201').length]).toEqual([1_500, 500]);
  expect(download.sofar()).toBeLessThan(size);
  download.hurry();
  expect(await download.whole).toEqual({ length: size, sha256: file.extension.sha256 });
});

/** Downloads with about 500 KB a second until it may go on as fast as it can. */
function slowly({ address, port, hostname, ca }: VirtualEnd, path: string, headers: Record<string, string>) {
  let length = 0;
  let hurried = false;
  const whole = new Promise<{ length: number; sha256: string }>((resolve, reject) => {
    const question = request(
      {
        host: address,
        port,
        path,
        ca,
        servername: hostname,
        headers: { host: hostname, ...headers },
        agent: false,
      },
      (response) => {
        const read = async () => {
          const hash = createHash('sha256');
          for await (const part of response as AsyncIterable<Buffer>) {
            hash.update(part);
            length += part.length;
            if (!hurried) await pause(part.length / 500);
          }
          resolve({ length, sha256: hash.digest('hex') });
        };
        read().catch(reject);
      },
    );
    question.once('error', reject);
    question.end();
  });
  const hurry = () => {
    hurried = true;
  };
  return { sofar: () => length, hurry, whole };
}
