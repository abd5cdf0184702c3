// Guards: a deep check that passes for a broken server, that hangs, that leaks what it read, or that throws.
import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeepProbe, DeepResult } from '../../src/dataplane/probe-port.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import { createDeepChecker } from '../../src/dataplane/system/deep-check.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { DeepCheck } from '../../src/model/deep-check.ts';
import { authority, type Issued, OpensslFixture, server } from '../../src/pki/openssl-fixture.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { answering, type OddOptions, startOddServer } from '../harness/odd-servers.ts';

const host = 'mtrestapis-live01.stelsewhere.example';
const secret = 'synthetic-secret-4711';
const token = 'synthetic-token-0815';
const patient = 'Xylander';

const statement = { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', rest: [{ mode: 'server' }] };
const capability = {
  path: '/v1/uscore/R4/metadata',
  accept: 'application/fhir+json',
  expect: [
    { pointer: '/resourceType', equals: 'CapabilityStatement' },
    { pointer: '/fhirVersion', equals: '4.0.1' },
  ],
  timeout: '1s',
  maxBytes: 100_000,
};

const checker = createDeepChecker(systemClock);
const never = new AbortController().signal;

function document(more: object = {}): DeepProbe['check'] {
  const check = DeepCheck.parse({ type: 'document', ...capability, ...more });
  if (check.type !== 'document') throw new Error('it is one');
  return check;
}

function transaction(more: object = {}): DeepProbe['check'] {
  const check = DeepCheck.parse({
    type: 'transaction',
    tokenPath: '/oauth/token',
    clientId: 'aorta check',
    clientSecret: { file: 'secret' },
    path: '/v1/uscore/R4/Organization/1',
    expect: [{ pointer: '/resourceType', equals: 'Organization' }],
    timeout: '1s',
    ...more,
  });
  if (check.type !== 'transaction') throw new Error('it is one');
  const { clientSecret: _, ...rest } = check;
  return { ...rest, secret: new Secret(secret) };
}

/** Asks a server that talks like this. No answer of a server may be repeated, but what a pointer names. */
async function ask(
  options: OddOptions['talk'] | OddOptions,
  check = document(),
  more: Partial<DeepProbe> = {},
): Promise<{ result: DeepResult; received: readonly string[] }> {
  const odd = await startOddServer(typeof options === 'function' ? { talk: options } : options);
  const { address, port, received } = odd;
  const result = await checker.deepCheck({ address, port, host, check, ...more }, never);
  for (const shown of [inspect(result, { depth: 9 }), JSON.stringify(result)])
    for (const word of [secret, token, patient, Buffer.from(secret).toString('base64')])
      expect(shown).not.toContain(word);
  return { result, received };
}

function http(body: string | Buffer, headers = '', status = '200 OK'): Buffer {
  const head = `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

const json = (value: unknown) => http(JSON.stringify(value));

/** Answers with these bytes, and stays. */
function saying(bytes: Buffer): (socket: Socket) => void {
  return (socket) => void socket.once('data', () => socket.write(bytes));
}

describe('an answer that passes', () => {
  test.each([
    ['with a length', json(statement)],
    ['in chunks', chunked(JSON.stringify(statement))],
    ['compressed', http(gzipSync(JSON.stringify(statement)), 'content-encoding: gzip\r\n')],
    ['after an informational one', Buffer.concat([Buffer.from('HTTP/1.1 103 x\r\n\r\n'), json(statement)])],
  ])('%s', async (_name, bytes) => {
    const { result, received } = await ask(saying(bytes));
    expect(result).toEqual({ kind: 'passed' });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatch(/^GET \/v1\/uscore\/R4\/metadata HTTP\/1\.1\r\n/);
    for (const line of [`host: ${host}`, 'user-agent: aorta-check', 'accept: application/fhir+json'])
      expect(received[0]?.toLowerCase()).toContain(`\r\n${line}\r\n`);
    expect(received[0]).not.toMatch(/authorization|cookie/i);
  });

  test('until the connection ends', async () => {
    const bytes = `HTTP/1.0 200 OK\r\n\r\n${JSON.stringify(statement)}`;
    expect((await ask(answering(bytes))).result).toEqual({ kind: 'passed' });
  });
});

describe('an answer that fails', () => {
  const rows: [string, Buffer, string, string, object?][] = [
    [
      'the wrong version of FHIR',
      json({ ...statement, fhirVersion: '3.0.2' }),
      'content',
      '/fhirVersion is "3.0.2" instead of "4.0.1"',
    ],
    [
      'no version',
      json({ resourceType: 'CapabilityStatement' }),
      'content',
      '/fhirVersion is missing; "4.0.1" is expected',
    ],
    [
      'a version that is no text',
      json({ ...statement, fhirVersion: { a: patient } }),
      'content',
      'is not "4.0.1"',
    ],
    ['a long version', json({ ...statement, fhirVersion: patient.repeat(9) }), 'content', 'is not "4.0.1"'],
    [
      'a version that steers a terminal',
      json({ ...statement, fhirVersion: `\u001b[2J${patient}` }),
      'content',
      'is not "4.0.1"',
    ],
    [
      'an error of another kind',
      json({ resourceType: 'OperationOutcome', text: patient }),
      'content',
      '/resourceType is "OperationOutcome" instead of "CapabilityStatement"',
    ],
    [
      'no token endpoint',
      json({ issuer: patient }),
      'content',
      '/token_endpoint is missing',
      { expect: [{ pointer: '/token_endpoint' }] },
    ],
    [
      'an empty token endpoint',
      json({ token_endpoint: '' }),
      'content',
      '/token_endpoint is missing',
      { expect: [{ pointer: '/token_endpoint' }] },
    ],
    [
      'a key that every object has',
      json({}),
      'content',
      '/constructor is missing',
      { expect: [{ pointer: '/constructor' }] },
    ],
    ['no JSON', http(`<p>${patient}</p>`), 'content', 'the answer is not JSON'],
    [
      'JSON that ends early',
      http(JSON.stringify(statement).slice(0, -1)),
      'content',
      'the answer is not JSON',
    ],
    ['nested beyond measure', http('['.repeat(90_000)), 'content', 'the answer is not JSON'],
    ['nothing', http(''), 'content', 'the answer is not JSON'],
    [
      'an error',
      http(patient, '', '500 Internal Server Error'),
      'status',
      'the answer is 500 instead of 200',
    ],
    [
      'a redirect',
      http('', 'location: https://evil.example/\r\n', '302 Found'),
      'status',
      'the answer is 302 instead of 200',
    ],
    ['too long an answer', http('x'.repeat(100_001)), 'content', 'the answer is longer than 100000 bytes'],
    [
      'a bomb of zeros',
      http(gzipSync(Buffer.alloc(5_000_000)), 'content-encoding: gzip\r\n'),
      'content',
      'the answer is longer than 100000 bytes',
    ],
    [
      'not compressed as it says',
      http(patient, 'content-encoding: gzip\r\n'),
      'content',
      'the answer is not compressed as it says',
    ],
    [
      'compressed as nobody asked for',
      http(patient, 'content-encoding: br\r\n'),
      'content',
      'the answer is compressed in a way that was not asked for',
    ],
    ['garbage', Buffer.from(`SSH-2.0-${patient}\r\n`), 'broken', 'the answer is not HTTP'],
    [
      'another protocol',
      Buffer.from('HTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'broken',
      '',
    ],
    [
      'a head without end',
      Buffer.from(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(9_000)}`),
      'broken',
      'the head of the answer is too long',
    ],
    [
      'two lengths',
      Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
      'broken',
      'the answer is not HTTP',
    ],
  ];
  test.each(rows)('%s', async (...[, bytes, fault, what, more]) => {
    const { result } = await ask(saying(bytes), document(more));
    expect(result).toMatchObject({ kind: 'failed', fault, what: expect.stringContaining(what) });
  });

  test('one that is cut off', async () => {
    const cut = answering('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"resourceType":');
    expect((await ask(cut)).result).toMatchObject({
      fault: 'broken',
      what: 'the server cuts its answer off',
    });
  });

  test('one that is cut off although nothing is expected of it', async () => {
    const cut = answering('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nabc');
    const { result } = await ask(cut, document({ expect: [] }));
    expect(result).toMatchObject({ fault: 'broken', what: 'the server cuts its answer off' });
  });

  test('none: reset, closed, refused', async () => {
    const closed = { fault: 'broken', what: 'the server closes the connection without an answer' };
    expect((await ask(answering('', 'reset'))).result).toMatchObject(closed);
    expect((await ask(answering('', 'end'))).result).toMatchObject(closed);
    const nobody = { address: loopbackAddress(), port: 9, host, check: document() };
    expect(await checker.deepCheck(nobody, never)).toEqual({
      kind: 'failed',
      fault: 'unreachable',
      what: 'the server refuses connections',
    });
  });
});

describe('an answer that does not end in time', () => {
  const quick = document({ timeout: '300ms', maxBytes: 16_000_000 });
  test.each<[string, (socket: Socket) => void, string]>([
    ['silence', () => undefined, 'there is no answer within 300ms'],
    ['a head that drips', dripping('HTTP/1.1 200 OK\r\nx: '), 'there is no answer within 300ms'],
    ['a body that drips', dripping('HTTP/1.1 200 OK\r\n\r\n'), 'the answer does not end within 300ms'],
    [
      'a body that is never complete',
      saying(http('x').subarray(0, -1)),
      'the answer does not end within 300ms',
    ],
  ])('%s', async (_name, talk, what) => {
    const began = performance.now();
    expect((await ask(talk, quick)).result).toEqual({ kind: 'failed', fault: 'silent', what });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('a handshake that does not come about', async () => {
    const { result } = await ask(() => undefined, quick, { tls: { serverName: host } });
    expect(result).toMatchObject({
      fault: 'tls',
      what: expect.stringMatching(/^the server does not answer a TLS handshake within (300|29\d) ms$/),
    });
  });

  test('a body without end is not read beyond its bound', async () => {
    const flood = (socket: Socket): void => {
      const part = Buffer.alloc(65_536, 'x');
      const pour = (): void => {
        while (!socket.destroyed && socket.write(part)) continue;
      };
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        pour();
      });
      socket.on('drain', pour);
    };
    const { result } = await ask(flood, document({ maxBytes: 1_000_000 }));
    expect(result).toMatchObject({ fault: 'content', what: 'the answer is longer than 1000000 bytes' });
  });

  test('whoever waits can call it off at any time', async () => {
    const odd = await startOddServer();
    const stop = new AbortController();
    const probe = {
      address: odd.address,
      port: odd.port,
      host,
      check: document({ timeout: '30s', interval: '1m' }),
    };
    const asked = checker.deepCheck(probe, stop.signal);
    stop.abort();
    expect(await asked).toMatchObject({ kind: 'failed' });
    expect(await checker.deepCheck(probe, stop.signal)).toMatchObject({ kind: 'failed' });
  });
});

describe('TLS, as the traffic', () => {
  let pki: OpensslFixture;
  let root: Issued;
  beforeAll(() => {
    pki = new OpensslFixture();
    root = pki.issue({ subject: '/CN=Hospital Root', extensions: authority });
  });
  afterAll(() => pki.close());

  const issue = (more: object = {}) => {
    const leaf = pki.issue({ subject: '/CN=api', issuer: root, extensions: server(host), ...more });
    return { cert: leaf.certificate, key: leaf.key };
  };
  const trusting = () => ({ tls: { authorities: [root.certificate], serverName: host } });

  test('a good certificate, asked for by name', async () => {
    const names: string[] = [];
    const tls = {
      ...issue(),
      SNICallback: (name: string, done: (error: null) => void) => {
        names.push(name);
        done(null);
      },
    };
    const { result } = await ask({ tls, talk: saying(json(statement)) }, document(), trusting());
    expect(result).toEqual({ kind: 'passed' });
    expect(names).toEqual([host]);
  });

  test.each<[string, () => object, string]>([
    ['another name', () => ({ extensions: server('other.stelsewhere.example') }), 'does not cover'],
    ['expired', () => ({ days: -1 }), 'expired'],
    [
      'another authority',
      () => ({ issuer: pki.issue({ subject: '/CN=Other', extensions: authority }) }),
      'unknown',
    ],
  ])('%s: nothing is sent', async (_name, more, what) => {
    const tls = issue(more());
    const { result, received } = await ask({ tls, talk: saying(json(statement)) }, transaction(), trusting());
    expect(result).toMatchObject({ fault: 'tls', what: expect.stringContaining(what) });
    expect(received.join('')).toBe('');
  });

  test('a server that speaks none', async () => {
    const { result } = await ask(saying(json(statement)), document(), trusting());
    expect(result).toMatchObject({ fault: 'tls', what: 'the server does not speak TLS on this port' });
  });

  test('a server that speaks nothing else', async () => {
    const { result } = await ask({ tls: issue(), talk: saying(json(statement)) });
    expect(result).toMatchObject({ kind: 'failed', fault: 'broken' });
  });
});

describe('a transaction', () => {
  const organization = json({ resourceType: 'Organization', name: patient });
  const granted = json({ access_token: token, token_type: 'Bearer', expires_in: 3_600 });

  /** Answers the token endpoint and the record with what it is given, in this order. */
  function oauth(tokens: readonly Buffer[], records: readonly Buffer[]): (socket: Socket) => void {
    const [left, more] = [[...tokens], [...records]];
    return (socket) =>
      void socket.once('data', (part: Buffer) => {
        const bytes = part.toString().startsWith('POST /oauth/token ') ? left.shift() : more.shift();
        socket.end(bytes ?? '');
      });
  }

  test('gets a token, reads with it, and hands it on', async () => {
    const { result, received } = await ask(oauth([granted], [organization]), transaction({ scope: 'a b' }));
    expect(result).toMatchObject({ kind: 'passed', token: { value: expect.any(Secret) } });
    expect(result.token?.value.reveal()).toBe(token);
    const basic = Buffer.from(`aorta+check:${secret}`).toString('base64');
    expect(received[0]).toContain(`authorization: Basic ${basic}\r\n`);
    expect(received[0]).toMatch(/\r\n\r\ngrant_type=client_credentials&scope=a\+b$/);
    expect(received[1]).toMatch(/^GET \/v1\/uscore\/R4\/Organization\/1 /);
    expect(received[1]).toContain(`authorization: Bearer ${token}\r\n`);
  });

  test('proves who it is in the body, when told to', async () => {
    const check = transaction({ authentication: 'post' });
    const { result, received } = await ask(oauth([granted], [organization]), check);
    expect(result.kind).toBe('passed');
    expect(received[0]).toMatch(/&client_id=aorta\+check&client_secret=synthetic-secret-4711$/);
    expect(received[0]).not.toMatch(/authorization/i);
  });

  const held = (expiresIn: number) => ({
    token: { value: new Secret('held-token'), expiresAt: systemClock.now() + expiresIn },
  });
  const refused = http('{}', '', '401 Unauthorized');

  test('uses the token that it has', async () => {
    const { result, received } = await ask(oauth([], [organization]), transaction(), held(600_000));
    expect(result.kind).toBe('passed');
    expect(received).toEqual([expect.stringContaining('authorization: Bearer held-token\r\n')]);
  });

  test.each([20_000, 0, -600_000])('one that ends in %d ms is replaced before', async (left) => {
    const { result, received } = await ask(oauth([granted], [organization]), transaction(), held(left));
    expect(result.token?.value.reveal()).toBe(token);
    expect(received.map((text) => text.split(' ', 1)[0])).toEqual(['POST', 'GET']);
  });

  test('one that is refused is replaced at once', async () => {
    const { result, received } = await ask(
      oauth([granted], [refused, organization]),
      transaction(),
      held(600_000),
    );
    expect(result).toMatchObject({ kind: 'passed' });
    expect(received.map((text) => text.split(' ', 1)[0])).toEqual(['GET', 'POST', 'GET']);
  });

  test('a fresh one that is refused is a fault, and is not kept', async () => {
    const { result } = await ask(oauth([granted], [refused]), transaction());
    expect(result).toEqual({ kind: 'failed', fault: 'status', what: 'the answer is 401 instead of 200' });
  });

  const denied = (error: string, status: string) =>
    http(JSON.stringify({ error, hint: patient }), '', status);
  test.each<[string, Buffer, string, string]>([
    ['a wrong secret', denied('invalid_client', '401 x'), 'credentials', 'answers 401 (invalid_client)'],
    ['a wrong scope', denied('invalid_scope', '400 x'), 'credentials', 'answers 400 (invalid_scope)'],
    ['an error of its own', denied(patient, '400 x'), 'credentials', 'the token endpoint answers 400'],
    ['a dead Cache', http(patient, '', '503 x'), 'status', 'the token endpoint answers 503'],
    ['no token', json({ token_type: 'Bearer' }), 'content', 'holds no access_token'],
    [
      'a token that is a header',
      json({ access_token: `a\r\nx: ${patient}` }),
      'content',
      'holds no access_token',
    ],
    ['a token of another type', json({ access_token: token, token_type: 'mac' }), 'content', 'another type'],
    ['no JSON', http(patient), 'content', 'holds no access_token'],
    ['nothing', Buffer.from(''), 'broken', 'no token: the server closes the connection without an answer'],
  ])('%s', async (_name, bytes, fault, what) => {
    const { result, received } = await ask(oauth([bytes], [organization]), transaction());
    expect(result).toMatchObject({ kind: 'failed', fault, what: expect.stringContaining(what) });
    expect(result.token).toBeUndefined();
    expect(received).toHaveLength(1);
  });

  test('what it reads is repeated nowhere, also when it is not what was expected', async () => {
    const { result } = await ask(oauth([granted], [json({ resourceType: patient })]), transaction());
    expect(result).toMatchObject({ what: '/resourceType is not "Organization"' });
  });
});

function dripping(head: string): (socket: Socket) => void {
  return (socket) =>
    void socket.once('data', () => {
      socket.write(head);
      const timer = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(timer));
    });
}

function chunked(text: string): Buffer {
  const parts = [text.slice(0, 7), text.slice(7)].map(
    (part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`,
  );
  return Buffer.from(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${parts.join('')}0\r\n\r\n`);
}
