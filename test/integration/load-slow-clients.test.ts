import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { head, openRaw, parseAnswer, rawRequest } from '../harness/raw-request.ts';
import { startThinFront, type ThinFront } from '../harness/thin-front.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';

let behind: Upstream;
let front: ThinFront;
beforeAll(async () => {
  behind = await startUpstream();
  front = await startThinFront({
    servers: { one: behind },
    pool: { passiveCheck: { errorLimit: 3 } },
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
  expect(JSON.parse(line)).toMatchObject({
    event: expect.stringMatching(/^(request-malformed|connection-failed)$/),
  });
  expect(line).not.toMatch(/second|stelsewhere/);
});

const stalled = 'POST /third HTTP/1.1\r\nHost: thin.stelsewhere.example\r\nContent-Length: 9\r\n\r\n1234';

test('a body that stops half-way is answered in JSON, and no server sees the request', async () => {
  const answer = parseAnswer(Buffer.from(await everything(stalled), 'latin1'));
  expect(answer.status).toBe(408);
  expect(JSON.parse(answer.body.toString())).toMatchObject({ error: 'request-timeout', retry: 'safe' });
  expect(behind.requests.map(({ url }) => url)).not.toContain('/third');
});

// Guards: HAProxy counted each as an error of the server, and the passive check took a sound server out.
test('clients that stall never take a server out', async () => {
  await Promise.all(Array.from({ length: 6 }, () => everything(stalled)));
  const { code, stdout } = await front.product.run('status', '--json');
  expect({ code, state: /"state": "(\w+)"/.exec(stdout)?.[1] }).toEqual({ code: 0, state: 'healthy' });
  expect(await everything(whole)).toMatch(/^HTTP\/1.1 200/);
});

// Guards: the second interrupt waited in the queue behind the first.
test('a second Ctrl-C ends what the first waits for', async () => {
  const hanging = await startUpstream({ answer: () => undefined });
  onTestFinished(() => hanging.close());
  const { product, end } = await startThinFront({ servers: { one: hanging } });
  onTestFinished(() => product.stop());
  const socket = await openRaw(end);
  socket.on('error', () => undefined);
  socket.write(whole);
  await until('the request is at the server', () => (hanging.requests.length > 0 ? true : undefined));
  const before = performance.now();
  product.controller.signal('SIGINT');
  await until('it says that it ends', () =>
    product.output().stderr.includes('Ctrl-C again') ? true : undefined,
  );
  product.controller.signal('SIGINT');
  expect(await product.controller.ended).toEqual({ code: 0, signal: null });
  // Ten seconds is what requests have after one Ctrl-C.
  expect(performance.now() - before).toBeLessThan(7_000);
  socket.destroy();
});

test('a request that is under way at Ctrl-C is answered', async () => {
  const answers: (() => void)[] = [];
  const slow = await startUpstream({
    answer: (_, response) => {
      answers.push(() => response.end('late'));
    },
  });
  onTestFinished(() => slow.close());
  const { product, end } = await startThinFront({ servers: { one: slow } });
  onTestFinished(() => product.stop());
  const answer = rawRequest(end, head('GET', '/first', end));
  await until('the request is at the server', () => answers[0]);
  product.controller.signal('SIGINT');
  await until('new clients are refused', () =>
    openRaw(end).then(
      (socket) => void socket.destroy(),
      () => true,
    ),
  );
  answers[0]?.();
  expect((await answer).status).toBe(200);
  expect(await product.controller.ended).toEqual({ code: 0, signal: null });
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
