import { connect as connectPlain, createServer } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { call } from '../../src/cli/client.ts';
import * as requests from '../../src/contract/operations.ts';
import { Failure } from '../../src/kernel/failure.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { authority, OpensslFixture } from '../../src/pki/openssl-fixture.ts';
import type { PairKeys } from '../../src/pki/pair-keys.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { serveController } from '../harness/scripted-controller.ts';
import { knock, type ServedNode, serveNode } from '../harness/served-node.ts';
import { until } from '../harness/until.ts';

let pair: TestPair;
let lbA: PairKeys;
let operator: PairKeys;
let openssl: OpensslFixture;
let stranger: ReturnType<OpensslFixture['issue']>;
beforeAll(async () => {
  const endpoint = { host: '127.0.0.1', port: 1 } as Endpoint;
  pair = await makeTestPair({ 'lb-a': endpoint, 'lb-b': endpoint });
  [lbA, operator] = [await pair.keysOf('lb-a'), await pair.keysOf('operator')];
  openssl = new OpensslFixture();
  stranger = openssl.issue({ subject: '/CN=Aorta pair 12345678', extensions: authority });
});
afterAll(async () => {
  openssl.close();
  await pair.end();
});

let node: ServedNode;
afterEach(() => node.close());

/** What a client shows. */
const shown = ({ certificate, key }: PairKeys) => ({ cert: certificate, key: key.reveal() });

/** A certificate by the authority of the pair, or one that looks like it. */
function issue(over: Partial<Parameters<OpensslFixture['issue']>[0]> = {}, by = ours()) {
  const extensions = [
    'basicConstraints=CA:FALSE',
    'extendedKeyUsage=clientAuth',
    'subjectAltName=DNS:operator',
  ];
  const { certificate, key } = openssl.issue({ subject: '/CN=operator', issuer: by, extensions, ...over });
  return { cert: certificate, key };
}

function selfSigned() {
  const { certificate, key } = openssl.issue({ subject: '/CN=operator' });
  return { cert: certificate, key };
}

function ours() {
  const certificateFile = `${pair.directory}/authority.pem`;
  return { certificate: '', key: '', certificateFile, keyFile: `${pair.directory}/authority.key` };
}

const status = async () => ({ hello: 'operator' }) as never;

describe('who is answered', () => {
  test('whoever shows a certificate of the pair: the operator, and the other node', async () => {
    node = await serveNode(lbA, { status });
    for (const name of ['operator', 'lb-b']) {
      expect(await knock(node.endpoint, shown(await pair.keysOf(name)))).toContain('{"hello":"operator"}');
    }
    expect(node.notes).toEqual([]);
  });

  test.each([
    ['without a certificate', () => ({}), 'it showed no certificate'],
    ['of another authority of the same name', () => issue({}, stranger), "is not by the pair's authority"],
    ['self-signed', () => selfSigned(), "is not by the pair's authority"],
    ['expired', () => issue({ days: -1 }), 'its certificate is not valid now'],
    [
      'not meant for clients',
      () => issue({ extensions: ['extendedKeyUsage=serverAuth'] }),
      'its certificate is not meant for clients',
    ],
    ['TLS 1.2', () => ({ ...shown(operator), maxVersion: 'TLSv1.2' as const }), 'it does not speak TLS 1.3'],
  ])('nobody else: %s', async (_name, options, note) => {
    let asked = 0;
    node = await serveNode(lbA, { status: async () => ((asked += 1), status()) });
    expect(await knock(node.endpoint, options())).toBe('');
    await until('it is noted', () => (node.notes.length > 0 ? true : undefined));
    expect(node.notes).toEqual([expect.stringContaining(note)]);
    expect(asked).toBe(0);
    expect(node.bugs).toEqual([]);
  });

  test.each(['/CN=Joe Doe', '/CN=operator/CN=lb-b', '/O=nobody'])(
    'whom the history could not name: %s',
    async (subject) => {
      node = await serveNode(lbA, { status });
      const answer = await knock(node.endpoint, issue({ subject }));
      expect(answer).toContain('HTTP/1.1 403 ');
      expect(answer).toContain('not-of-the-pair');
      expect(answer).not.toContain('hello');
    },
  );

  test('what speaks no TLS gets no answer', async () => {
    node = await serveNode(lbA, { status });
    const { host, port } = node.endpoint;
    const socket = connectPlain(port, host);
    let said = '';
    socket.on('data', (part) => (said += part.toString()));
    socket.on('error', () => undefined);
    socket.write('GET /v1/status HTTP/1.1\r\nhost: node\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(said).not.toContain('HTTP');
    expect(node.notes).toEqual([expect.stringContaining('it does not speak TLS')]);
  });

  test('a refusal is told once, and neither who it was nor what was sent', async () => {
    node = await serveNode(lbA, { status });
    for (let count = 0; count < 5; count += 1) await knock(node.endpoint, {});
    await knock(node.endpoint, issue({ days: -1 }));
    await until('both are noted', () => (node.notes.length > 1 ? true : undefined));
    expect(node.notes).toHaveLength(2);
    expect(node.notes.join()).not.toContain('127.');
  });

  test('a session is not resumed: its certificate would not be looked at again', async () => {
    node = await serveNode(lbA, { status });
    const { host, port } = node.endpoint;
    const options = { host, port, rejectUnauthorized: false, ...shown(operator) };
    const socket = connect(options);
    const sessions: Buffer[] = [];
    socket.on('session', (session) => sessions.push(session)).on('data', () => undefined);
    socket.write('GET /v1/status HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    for (const session of sessions) {
      const again = connect({ ...options, session });
      await new Promise((resolve) => again.once('secureConnect', resolve));
      expect(again.isSessionReused()).toBe(false);
      again.destroy();
    }
  });

  test('more connections than it takes are dropped, and it goes on', async () => {
    node = await serveNode(lbA, { status });
    const { host, port } = node.endpoint;
    const sockets = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = connect({ host, port, rejectUnauthorized: false, ...shown(operator) });
        const ended = new Promise<boolean>((resolve) => {
          socket.once('secureConnect', () => resolve(true)).once('close', () => resolve(false));
          socket.on('error', () => undefined);
        });
        return { socket, stood: await ended };
      }),
    );
    expect(sockets.filter(({ stood }) => stood).length).toBe(32);
    for (const { socket } of sockets) socket.destroy();
    expect(node.notes).toEqual([expect.stringContaining('too many connections')]);
    const answered = await until('it answers again', async () => {
      const answer = await knock(node.endpoint, shown(operator)).catch(() => '');
      return answer === '' ? undefined : answer;
    });
    expect(answered).toContain('hello');
  });
});

/** For each operation that says who wants it, the least that it takes. */
const bodies: Readonly<Record<string, object>> = {
  apply: { file: 'aorta.yaml', text: '', files: {} },
  confirm: {},
  rollback: {},
  certificate: { name: 'live', file: { kind: 'unreadable', reason: 'no such file' } },
  intend: { wish: { kind: 'drain' }, target: 'api-1', reason: 'patching' },
  enable: { target: 'api-1' },
  resolveDrift: { action: 'revert' },
  give: { groups: ['main'] },
  rehearsed: { moves: 2, sent: 1, failed: 0, longestGap: 0 },
  withdraw: {},
  announce: {},
};

describe('who it was', () => {
  const schemas = Object.entries(requests).filter(
    ([, schema]) => schema instanceof z.ZodObject && 'author' in schema.shape,
  );

  test('every request with an author is tried below', () => {
    expect(schemas.length).toBe(Object.keys(bodies).length);
  });

  test.each(Object.keys(bodies))('%s: proven by the certificate, before what is claimed', async (name) => {
    const operation = name as 'confirm';
    const authors: unknown[] = [];
    node = await serveNode(lbA, {
      [operation]: async ({ author }: { author?: string }) => {
        authors.push(author);
        return {} as never;
      },
    });
    const place = { name: 'lb-a', endpoint: node.endpoint, covers: 'lb-a' };
    const body = bodies[name] ?? {};
    await call({ ...place, keys: operator }, operation, { ...body, author: 'lb-b/jdoe' });
    await call({ ...place, keys: await pair.keysOf('lb-b') }, operation, body);
    expect(authors).toEqual(['operator/lb-b/jdoe', 'lb-b']);
  });

  test('over the control socket it is what is claimed', async () => {
    const authors: unknown[] = [];
    const served = await serveController({
      confirm: async ({ author }) => {
        authors.push(author);
        return {} as never;
      },
    });
    try {
      await call(served.socket, 'confirm', { author: 'jdoe' });
      await call(served.socket, 'confirm', {});
    } finally {
      await served.end();
    }
    node = await serveNode(lbA, {});
    expect(authors).toEqual(['jdoe', undefined]);
  });
});

describe('the caller trusts nobody else either', () => {
  const called = (over: object = {}) => ({
    name: 'lb-a',
    endpoint: node.endpoint,
    covers: 'lb-a',
    keys: operator,
    ...over,
  });

  test('by name, wherever it is; by address only where the certificate says so', async () => {
    node = await serveNode(lbA, { status });
    expect(await call(called(), 'status')).toEqual({ hello: 'operator' });
    await expect(call(called({ covers: 'lb-b' }), 'status')).rejects.toMatchObject({
      code: 'node-untrusted',
      sent: false,
    });
    await expect(call(called({ covers: node.endpoint.host }), 'status')).rejects.toMatchObject({
      code: 'node-untrusted',
      message: expect.stringContaining(`is not for ${node.endpoint.host}`),
    });
  });

  test('a node of another pair gets no request', async () => {
    const { certificate, key } = openssl.issue({
      subject: '/CN=lb-a',
      issuer: stranger,
      extensions: ['subjectAltName=DNS:lb-a'],
    });
    let asked = 0;
    const foreign = { ...lbA, certificate, key: new Secret(key) };
    node = await serveNode(foreign, { status: async () => ((asked += 1), status()) });
    await expect(call(called(), 'status')).rejects.toMatchObject({ code: 'node-untrusted', sent: false });
    expect(asked).toBe(0);
  });

  test('the key of the operator passes for no node', async () => {
    node = await serveNode(operator, { status });
    await expect(call(called({ covers: 'operator' }), 'status')).rejects.toMatchObject({
      code: 'node-untrusted',
      message: expect.stringContaining('INVALID_PURPOSE'),
    });
  });

  test('nothing there; no way there; a listener that says nothing', async () => {
    node = await serveNode(lbA, { status });
    const nothing = { host: loopbackAddress(), port: 9 };
    await expect(call(called({ endpoint: nothing }), 'status')).rejects.toMatchObject({
      code: 'node-unreachable',
      message: expect.stringMatching(/^lb-a \(127.* does not answer: nothing listens there$/),
      sent: false,
    });
    const mute = createServer(() => undefined);
    const endpoint = { host: loopbackAddress(), port: 7443 };
    await new Promise<void>((resolve) => mute.listen(endpoint.port, endpoint.host, resolve));
    try {
      await expect(call(called({ endpoint }), 'status')).rejects.toMatchObject({
        code: 'node-unreachable',
        message: expect.stringContaining('nothing came back in time'),
      });
    } finally {
      mute.close();
    }
  });

  test('one that does not take its certificate, or goes away, may have got the request', async () => {
    node = await serveNode(lbA, { status: () => new Promise(() => undefined) });
    const { cert, key } = issue({ days: -1 });
    const keys = { ...operator, certificate: cert, key: new Secret(key) };
    await expect(call(called({ keys }), 'confirm', {})).rejects.toMatchObject({
      code: 'node-unreachable',
      sent: true,
    });
    const gaveUp = AbortSignal.timeout(500);
    await expect(call(called(), 'status', undefined, { signal: gaveUp })).rejects.toMatchObject({
      sent: true,
    });
    await expect(call(called(), 'status', undefined, { limit: 500 })).rejects.toMatchObject({ sent: true });
  });

  test('what the node refuses is said as it said it, and progress arrives', async () => {
    node = await serveNode(lbA, {
      status: () => Promise.reject(new Failure('not-running', 'nothing is in service', 'ask again')),
      rollback: async (_request, onProgress) => {
        onProgress({ stage: 'reload', state: 'done' });
        return { outcome: 'applied', evidence: [], findings: [] };
      },
    });
    await expect(call(called(), 'status')).rejects.toMatchObject({ code: 'not-running', mend: 'ask again' });
    const seen: unknown[] = [];
    const onProgress = (progress: unknown) => seen.push(progress);
    expect(await call(called(), 'rollback', {}, { onProgress })).toMatchObject({ outcome: 'applied' });
    expect(seen).toEqual([{ stage: 'reload', state: 'done' }]);
  });
});
