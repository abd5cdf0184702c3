import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import type { ChangeAnswer, Progress } from '../../src/contract/answers.ts';
import type { Controller } from '../../src/contract/controller.ts';
import { operations } from '../../src/contract/operations.ts';
import { codes } from '../../src/kernel/codes.ts';
import { Failure } from '../../src/kernel/failure.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';
import { until } from '../harness/until.ts';

let served: ServedController;
afterEach(() => served.end());

async function serve(script: Partial<Controller>): Promise<string> {
  served = await serveController(script);
  return served.socket;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A caller that is not our client: it may send anything. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath: served.socket, method, path, headers, agent: false },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (part: string) => {
          text += part;
        });
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  send('POST', path, { 'content-type': 'application/json', ...headers }, body);

const declaration = { file: 'aorta.yaml', text: 'aorta: v1\n', files: {} };
const applied: ChangeAnswer = { outcome: 'applied', revision: 8, evidence: [], findings: [] };
const digest = '1a2b3c4d'.padEnd(64, '0');
const configuration = async () => ({ revision: 7, digest, file: 'aorta.yaml', text: 'aorta: v1\n' });
const revisionChanged = new Failure('revision-changed', 'revision 7 is in service, not 6', 'look again');

describe('problem documents', () => {
  test.each([
    ['change-pending', 409],
    ['nothing-to-confirm', 409],
    ['not-running', 409],
    ['unknown-revision', 404],
    ['unknown-target', 404],
    ['unknown-certificate', 404],
    ['revision-changed', 412],
    ['bad-request', 400],
  ] as const)('%s is %d', async (code, status) => {
    await serve({ revisions: () => Promise.reject(new Failure(code, 'so it is', 'mend it', { change: 9 })) });
    const answer = await send('GET', '/v1/revisions');
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.text)).toEqual({
      type: `urn:aorta:${code}`,
      title: codes[code].meaning,
      status,
      detail: 'so it is',
      code,
      mend: 'mend it',
      change: 9,
    });
    await expect(call(served.socket, 'revisions')).rejects.toMatchObject({
      code,
      message: 'so it is',
      mend: 'mend it',
      change: 9,
    });
  });

  test.each([
    new TypeError('the key is -----BEGIN'),
    new Failure('controller-bug', 'the key is -----BEGIN', 'see -----BEGIN'),
  ])('a bug shows nothing of itself, and is reported: %s', async (bug) => {
    await serve({ revisions: () => Promise.reject(bug) });
    const answer = await send('GET', '/v1/revisions');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('BEGIN');
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'controller-bug', status: 500 });
    expect(served.bugs).toEqual([bug]);
  });

  test.each([
    ['/v1/plan', { ...declaration, text: 7 }, 'text'],
    ['/v1/plan', { ...declaration, extra: 1 }, 'extra'],
    ['/v1/plan', { ...declaration, files: { 'a.pem': { kind: 'read', base64: '!' } } }, 'files["a.pem"]'],
    ['/v1/configuration', { ...declaration, confirmWithin: 10 }, 'confirmWithin'],
    ['/v1/configuration', { ...declaration, reason: 'two\nlines' }, 'reason'],
    ['/v1/intents', { wish: { kind: 'drain' }, target: 'api-1' }, 'reason'],
    ['/v1/rollback', { revision: 0 }, 'revision'],
  ])('a body that is not of the contract: %s %j', async (path, body, field) => {
    await serve({});
    const answer = await post(path, JSON.stringify(body));
    expect(answer.status).toBe(400);
    const problem = JSON.parse(answer.text);
    expect(problem).toMatchObject({ code: 'bad-request', status: 400 });
    expect(problem.detail).toContain(field);
    expect(problem.findings).not.toHaveLength(0);
    expect(served.bugs).toEqual([]);
  });

  test.each([
    ['not JSON', '{"text": "-----BEGIN', 'application/json', 400],
    ['another type', 'text=1', 'application/x-www-form-urlencoded', 415],
    ['nothing', '', 'application/json', 400],
    ['too much', ' '.repeat(64 * 1024 * 1024 + 1), 'application/json', 413],
  ])('a body that is %s', async (_name, body, type, status) => {
    await serve({});
    const answer = await post('/v1/plan', body, {
      'content-type': type,
      'content-length': String(body.length),
    });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('BEGIN');
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'bad-request', status });
    expect(served.bugs).toEqual([]);
  });

  test('a path that does not exist, a revision that is no number, a method that is not taken', async () => {
    await serve({});
    expect(await send('GET', '/v1/nothing')).toMatchObject({ status: 404 });
    expect(await send('GET', '/v1/revisions/newest')).toMatchObject({ status: 400 });
    const undecodable = await send('GET', '/v1/revisions/%zz');
    expect(JSON.parse(undecodable.text)).toMatchObject({ code: 'bad-request', status: 400 });
    for (const { path } of Object.values(operations)) {
      const answer = await send('DELETE', path.replace(':revision', '7'));
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toMatch(/^(GET|POST|GET, POST)$/);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'bad-request', status: 405 });
    }
    expect(served.bugs).toEqual([]);
  });
});

describe('If-Match', () => {
  test.each(['7', '"7-1a2b"', 'W/"7-1a2b3c4d"', '*', '"7", "8"', '"0"', '"7-1A2B3C4D"'])(
    'malformed: %s',
    async (tag) => {
      await serve({ configuration });
      const answer = await post('/v1/configuration', JSON.stringify(declaration), { 'if-match': tag });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text).detail).toContain('If-Match');
    },
  );

  test('of another revision, or the same number of another state directory, nothing is applied', async () => {
    await serve({
      configuration,
      apply: (_request, _onProgress, ifRevision) =>
        ifRevision === 7 ? Promise.resolve(applied) : Promise.reject(revisionChanged),
    });
    const body = JSON.stringify(declaration);
    for (const tag of ['"6"', '"6-1a2b3c4d"', '"7-00000000"']) {
      for (const accept of ['application/json', 'text/event-stream']) {
        const answer = await post('/v1/configuration', body, { 'if-match': tag, accept });
        expect(answer.status).toBe(412);
        expect(JSON.parse(answer.text)).toMatchObject({ code: 'revision-changed' });
      }
    }
    await expect(call(served.socket, 'apply', declaration, { ifRevision: 6 })).rejects.toMatchObject({
      code: 'revision-changed',
    });
    expect(await call(served.socket, 'apply', declaration, { ifRevision: 7 })).toEqual(applied);
  });

  test('takes the tag of what is in service', async () => {
    const wanted: (number | undefined)[] = [];
    await serve({
      configuration,
      apply: async (_request, _onProgress, ifRevision) => {
        wanted.push(ifRevision);
        return applied;
      },
    });
    const { headers } = await send('GET', '/v1/configuration');
    expect(headers.etag).toBe('"7-1a2b3c4d"');
    const body = JSON.stringify(declaration);
    await post('/v1/configuration', body, { 'if-match': String(headers.etag) });
    await post('/v1/configuration', body);
    expect(wanted).toEqual([7, undefined]);
  });
});

describe('progress', () => {
  const stages: readonly Progress[] = [
    { stage: 'validate', state: 'begun' },
    { stage: 'validate', state: 'done', detail: 'two\nlines and a \u2028' },
    { stage: 'reload', state: 'failed', detail: 'é'.repeat(40_000) },
  ];
  const slowly: Controller['apply'] = async (_request, onProgress) => {
    for (const stage of stages) {
      onProgress(stage);
      await new Promise(setImmediate);
    }
    return applied;
  };

  test('in order, then the answer', async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    const socket = await serve({ apply: slowly });
    expect(await call(socket, 'apply', declaration, { onProgress })).toEqual(applied);
    expect(seen).toEqual(stages);
  });

  test('on the wire: the events of the contract and no others', async () => {
    await serve({ apply: slowly });
    const answer = await post('/v1/configuration', JSON.stringify(declaration), {
      accept: 'text/event-stream',
    });
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.text).toBe(
      [
        ...stages.map((stage) => `event: progress\ndata: ${JSON.stringify(stage)}\n\n`),
        `event: answer\ndata: ${JSON.stringify(applied)}\n\n`,
      ].join(''),
    );
  });

  test('not asked for: one JSON document', async () => {
    await serve({ apply: slowly });
    for (const accept of ['application/json', '*/*']) {
      const answer = await post('/v1/configuration', JSON.stringify(declaration), { accept });
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect(JSON.parse(answer.text)).toEqual(applied);
    }
  });

  test('of a rollback and a certificate too', async () => {
    const socket = await serve({
      rollback: async (_request, onProgress) => slowly(declaration, onProgress),
      certificate: async (_request, onProgress) => slowly(declaration, onProgress),
    });
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    const file = { kind: 'unreadable', reason: 'no such file' } as const;
    await call(socket, 'rollback', {}, { onProgress });
    await call(socket, 'certificate', { name: 'live', file }, { onProgress });
    expect(seen).toEqual([...stages, ...stages]);
  });

  test('a refusal in the middle is the last event; a bug shows nothing of itself', async () => {
    const fail = (error: Error): Controller['apply'] => {
      return async (_request, onProgress) => {
        onProgress({ stage: 'validate', state: 'begun' });
        throw error;
      };
    };
    const onProgress = () => undefined;
    const socket = await serve({
      apply: fail(new Failure('state-unusable', 'the disk is full', 'free some')),
    });
    await expect(call(socket, 'apply', declaration, { onProgress })).rejects.toMatchObject({
      code: 'state-unusable',
      message: 'the disk is full',
    });
    await served.end();
    await serve({ apply: fail(new TypeError('-----BEGIN')) });
    await expect(call(served.socket, 'apply', declaration, { onProgress })).rejects.toMatchObject({
      code: 'controller-bug',
      message: 'the controller met a bug',
    });
    expect(served.bugs).toHaveLength(1);
  });

  test('a caller that hangs up does not stop the change, nor the controller', async () => {
    const wentAway = Promise.withResolvers<void>();
    let finished = false;
    const socket = await serve({
      revisions: async () => ({ revisions: [] }),
      apply: async (_request, onProgress) => {
        onProgress({ stage: 'validate', state: 'begun' });
        await wentAway.promise;
        for (const stage of stages) onProgress(stage);
        finished = true;
        return applied;
      },
    });
    const body = JSON.stringify(declaration);
    const caller = connect(socket);
    const closed = new Promise((resolve) => caller.once('close', resolve));
    caller.write(
      'POST /v1/configuration HTTP/1.1\r\nhost: aorta\r\naccept: text/event-stream\r\n' +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    caller.once('data', () => caller.destroy());
    await closed;
    wentAway.resolve();
    await until('the change has ended', () => (finished ? true : undefined));
    expect(await call(socket, 'revisions')).toEqual({ revisions: [] });
    expect(served.bugs).toEqual([]);
  });

  test('a controller that dies in the middle is said to have gone away', async () => {
    const socket = await serve({
      apply: async (_request, onProgress) => {
        onProgress({ stage: 'swap', state: 'begun' });
        return new Promise(() => undefined);
      },
    });
    const dying = call(socket, 'apply', declaration, { onProgress: () => served.cut() });
    await expect(dying).rejects.toMatchObject({
      code: 'not-running',
      message: 'the controller went away before it answered to apply',
    });
  });
});

test('a bug in what shows the progress is not blamed on the controller', async () => {
  const socket = await serve({
    apply: async (_request, onProgress) => {
      onProgress({ stage: 'swap', state: 'begun' });
      return applied;
    },
  });
  const onProgress = () => {
    throw new TypeError('not a table');
  };
  await expect(call(socket, 'apply', declaration, { onProgress })).rejects.toThrow('not a table');
});

test('somebody else there', async () => {
  await serve({});
  const socket = join(served.directory, 'other.sock');
  const other = createServer((_request, response) => void response.end('<html>'));
  await new Promise<void>((resolve) => other.listen(socket, resolve));
  await expect(call(socket, 'status')).rejects.toMatchObject({
    code: 'controller-bug',
    message: 'the controller answered 200 to status, and nothing that this command understands',
  });
  await new Promise((resolve) => other.close(resolve));
});

test('nobody there', async () => {
  await serve({});
  await expect(call(`${served.socket}.other`, 'status')).rejects.toMatchObject({
    code: 'not-running',
    message: `no controller answers on ${served.socket}.other`,
  });
});

test('a declaration of 16 MiB with a file of 16 MiB arrives whole', async () => {
  let arrived = 0;
  const socket = await serve({
    plan: async ({ text, files }) => {
      const file = files['big.pem'];
      arrived = text.length + (file?.kind === 'read' ? Buffer.from(file.base64, 'base64').length : 0);
      return { findings: [], declaration: '', haproxy: '', keepalived: '' };
    },
  });
  const size = 16 * 1024 * 1024;
  const base64 = Buffer.alloc(size, 7).toString('base64');
  await call(socket, 'plan', {
    file: 'aorta.yaml',
    text: ' '.repeat(size),
    files: { 'big.pem': { kind: 'read', base64, othersCanRead: false } },
  });
  expect(arrived).toBe(2 * size);
});

test('the description has every operation, with what it takes', async () => {
  await serve({});
  const answer = await send('GET', '/v1/openapi.json');
  expect(answer.status).toBe(200);
  const { openapi, paths } = JSON.parse(answer.text);
  expect(openapi).toMatch(/^3\.1/);
  for (const [operation, { method, path, summary }] of Object.entries(operations)) {
    const described = paths[path.replace(':revision', '{revision}')]?.[method.toLowerCase()];
    expect(described, operation).toMatchObject({ operationId: operation, summary });
    const takesBody = method === 'POST' && !['down', 'settle'].includes(operation);
    expect('requestBody' in described, operation).toBe(takesBody);
  }
  const apply = paths['/v1/configuration'].post.requestBody.content['application/json'].schema;
  expect(Object.keys(apply.properties)).toContain('confirmWithin');
});
