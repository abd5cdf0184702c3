import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRaw, parseAnswer } from '../harness/raw-request.ts';
import { startThinFront, type ThinFront } from '../harness/thin-front.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';

let behind: Upstream;
let front: ThinFront;
beforeAll(async () => {
  behind = await startUpstream();
  front = await startThinFront({
    servers: { one: { address: behind.address, port: behind.port } },
    service: { timeouts: { request: '1s', keepAlive: '1s', client: '2s', server: '3s' } },
  });
});
afterAll(async () => {
  await front?.product.stop();
  await behind?.close();
});

const whole = 'GET /first HTTP/1.1\r\nHost: thin.stelsewhere.example\r\n\r\n';
const half = 'GET /second HTTP/1.1\r\nHost: thin.stel';

// Guards: HAProxy's stock 408 page on a kept connection was taken for the answer to the next request, and a token
// refresh was lost.
test.each([
  ['that sends nothing', '', 0],
  ['that sends half a header', half, 0],
  ['that is idle after a request', whole, 1],
  ['that sends half a header after a request', whole + half, 1],
])('a connection %s is closed without a word', async (_, bytes, answers) => {
  const received = await everything(bytes);
  expect(received.match(/HTTP\/1/g) ?? []).toHaveLength(answers);
  expect(received).not.toMatch(/408|html/);
});

test('half a header is in the access log, without what was sent', async () => {
  const before = (await front.product.accessLog()).length;
  await everything(half);
  const line = await until('a line', async () => (await front.product.accessLog())[before]);
  expect(JSON.parse(line)).toMatchObject({ event: expect.stringMatching(/^(request-malformed|connection-failed)$/) });
  expect(line).not.toMatch(/second|stelsewhere/);
});

test('a body that stops half-way ends in JSON, and the request is not carried out', async () => {
  const answer = parseAnswer(
    Buffer.from(
      await everything('POST /third HTTP/1.1\r\nHost: thin.stelsewhere.example\r\nContent-Length: 9\r\n\r\n1234'),
      'latin1',
    ),
  );
  console.log(answer.status, answer.head, answer.body.toString(), (await front.product.accessLog()).at(-1));
  expect(JSON.parse(answer.body.toString())).toHaveProperty('error');
});

/** What comes back until the other side closes. */
async function everything(bytes: string): Promise<string> {
  const socket = await openRaw(front.end);
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('never closed')));
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
    if (bytes !== '') socket.write(bytes);
  });
}
