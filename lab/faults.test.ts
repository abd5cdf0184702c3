import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Estate } from './estate.ts';
import type { FaultInput } from './fault-kinds.ts';
import { type Answer, type Ask, ServerClient, startTestEstate } from './test-client.ts';

const FHIR = '/v1/uscore/R4';

/** What became of a request: its status, or the code of the error. */
async function outcome(client: ServerClient, path: string, ask: Ask = {}): Promise<number | string> {
  try {
    return (await client.ask(path, ask)).status;
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: { code?: string } };
    return cause?.code ?? code ?? String(error);
  }
}

describe.each(['bridging', 'offload'] as const)('faults on demand, %s', (tls) => {
  let estate: Estate;
  let end: () => Promise<void>;
  let a: ServerClient;
  let b: ServerClient;
  let headers: Record<string, string>;

  beforeAll(async () => {
    ({ estate, end } = await startTestEstate({ topology: 'recommended', tls, patients: 20 }));
    a = await ServerClient.to(estate, 'api-1');
    b = await ServerClient.to(estate, 'api-2');
    headers = { authorization: `Bearer ${await a.token(estate)}` };
  });
  afterEach(async () => {
    for (const name of ['api-1', 'cache-1']) await estate.control(name).heal();
    expect(await outcome(a, `${FHIR}/Patient`, { headers })).toBe(200);
  });
  afterAll(async () => {
    await a?.close();
    await b?.close();
    await end?.();
  });

  const inject = (fault: FaultInput): Promise<void> => estate.control('api-1').inject(fault);

  test('slow: the answer is right but late', async () => {
    await inject({ kind: 'slow', delayMs: 400 });
    const began = performance.now();
    expect(await outcome(a, `${FHIR}/Patient`, { headers })).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(390);
    expect(await outcome(b, `${FHIR}/Patient`, { headers })).toBe(200);
  });

  test('few workers: as many as there are at once, the others after them; all right', async () => {
    await inject({ kind: 'few-workers', workers: 2, workMs: 150 });
    const began = performance.now();
    const asked = Array.from({ length: 5 }, () => outcome(a, `${FHIR}/metadata`));
    expect(await Promise.all(asked)).toEqual([200, 200, 200, 200, 200]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(3 * 150 - 10);
    // A worker whose client has gone is free again.
    await outcome(a, `${FHIR}/metadata`, { timeoutMs: 20 });
    expect(await outcome(a, `${FHIR}/metadata`)).toBe(200);
  });

  test('errors that spare the checks', async () => {
    await inject({ kind: 'error', status: 503, sparesChecks: true });
    expect(await outcome(a, `${FHIR}/metadata`)).toBe(200);
    expect(await outcome(a, `${FHIR}/Patient`, { headers })).toBe(503);
  });

  test('hang: the connection is accepted and never answered', async () => {
    await inject({ kind: 'hang' });
    expect(await outcome(a, `${FHIR}/metadata`, { timeoutMs: 300 })).toBe('UND_ERR_HEADERS_TIMEOUT');
  });

  test('reset: before execution nothing was done, after execution it was', async () => {
    const post = (id: string): Ask => ({
      method: 'POST',
      headers: { ...headers, 'x-request-id': id, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Communication', status: 'completed' }),
    });
    const total = async (): Promise<unknown> => (await b.json(`${FHIR}/Communication`, { headers })).total;
    const [early, late] = [randomUUID(), randomUUID()];
    const before = Number(await total());

    await inject({ kind: 'reset' });
    expect(await outcome(a, `${FHIR}/Communication`, post(early))).toBe('ECONNRESET');
    expect(await total()).toBe(before);

    await inject({ kind: 'reset', when: 'after-execution' });
    expect(await outcome(a, `${FHIR}/Communication`, post(late))).toBe('ECONNRESET');
    expect(await total()).toBe(before + 1);

    const { executions } = await estate.control('api-1').stats();
    expect(executions[early]).toBeUndefined();
    expect(executions[late]).toBe(1);
  });

  test('reset after execution also cuts a token answer, which a library wrote', async () => {
    await inject({ kind: 'reset', when: 'after-execution' });
    await expect(a.token(estate)).rejects.toThrow(/ECONNRESET|reset/i);
  });

  test('refuse: open connections end and new ones are refused, until healed', async () => {
    await inject({ kind: 'refuse' });
    expect(await outcome(a, `${FHIR}/metadata`)).toBe('ECONNREFUSED');
    await estate.control('api-1').heal();
    expect(await outcome(a, `${FHIR}/metadata`)).toBe(200);
  });

  test('error: a share of the requests, or a burst that ends by itself', async () => {
    await inject({ kind: 'error', status: 502, share: 0.5 });
    const statuses: (number | string)[] = [];
    for (let index = 0; index < 10; index += 1) statuses.push(await outcome(a, `${FHIR}/metadata`));
    expect(statuses.filter((status) => status === 502)).toHaveLength(5);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);

    await inject({ kind: 'error', count: 3 });
    const burst: (number | string)[] = [];
    for (let index = 0; index < 5; index += 1) burst.push(await outcome(a, `${FHIR}/metadata`));
    expect(burst).toEqual([503, 503, 503, 200, 200]);
    expect(await estate.control('api-1').fault()).toBeUndefined();
  });

  test('check passes, API fails', async () => {
    await inject({ kind: 'check-passes-api-fails' });
    expect(await outcome(a, `${FHIR}/metadata`)).toBe(200);
    expect(await outcome(a, '/.well-known/smart-configuration')).toBe(200);
    expect(await outcome(a, `${FHIR}/Patient`, { headers })).toBe(500);
    expect(await outcome(a, '/oauth/token', { method: 'POST', body: '' })).toBe(500);
  });

  test.each(['demanded', 'refusing', 'hanging'])(
    'cache gone (%s): tokens and cursors 503, metadata goes on',
    async (how) => {
      if (how === 'demanded') await inject({ kind: 'cache-gone' });
      else await estate.control('cache-1').inject({ kind: how === 'refusing' ? 'refuse' : 'hang' });
      const answer: Answer = await a.ask(`${FHIR}/Patient`, { headers });
      expect(answer.status).toBe(503);
      expect(JSON.parse(answer.text)).toEqual({ resource: 'cache', detail: 'service unavailable' });
      await expect(a.token(estate)).rejects.toThrow('503');
      expect(await outcome(a, `${FHIR}/metadata`)).toBe(200);
      expect(await outcome(a, `${FHIR}/Patient`)).toBe(401);
      if (how === 'demanded') expect(await outcome(b, `${FHIR}/Patient`, { headers })).toBe(200);
    },
  );

  test('a killed server refuses, a restarted one knows what was written meanwhile', async () => {
    await estate.kill('api-1');
    expect(await outcome(a, `${FHIR}/metadata`)).toBe('ECONNREFUSED');
    expect(estate.processes.find(({ name }) => name === 'api-1')?.pid).toBe(0);
    const created = await b.json(`${FHIR}/Communication`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Communication', status: 'completed' }),
    });
    await estate.restart('api-1');
    expect(await outcome(a, `${FHIR}/Communication/${String(created.id)}`, { headers })).toBe(200);
  });

  test('a restarted cache has lost the tokens, and servers ask for new ones', async () => {
    await estate.kill('cache-1');
    await estate.restart('cache-1');
    expect(await outcome(a, `${FHIR}/Patient`, { headers })).toBe(401);
    headers = { authorization: `Bearer ${await b.token(estate)}` };
    expect(await outcome(a, `${FHIR}/Patient`, { headers })).toBe(200);
  });

  test('a dead Platform Service stops new tokens only', async () => {
    await estate.control('platform-1').inject({ kind: 'refuse' });
    await expect(a.token(estate)).rejects.toThrow('503');
    expect(await outcome(a, `${FHIR}/Patient`, { headers })).toBe(200);
    await estate.control('platform-1').heal();
    await a.token(estate);
  });

  if (tls === 'offload') {
    test('a certificate fault on plain HTTP is refused with a reason', async () => {
      await expect(inject({ kind: 'wrong-certificate' })).rejects.toThrow('does not speak TLS');
    });
  } else {
    test.each([
      ['wrong-certificate', 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['expired-certificate', 'CERT_HAS_EXPIRED'],
      [
        'untrusted-certificate',
        /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)/,
      ],
    ] as const)('%s is presented live and taken back', async (kind, code) => {
      await inject({ kind });
      const stranger = await ServerClient.to(estate, 'api-1');
      expect(await outcome(stranger, `${FHIR}/metadata`)).toMatch(code);
      await estate.control('api-1').heal();
      expect(await outcome(stranger, `${FHIR}/metadata`)).toBe(200);
      await stranger.close();
    });
  }
});

describe('the control address', () => {
  test('refuses what is not a fault, or not a fault of this process, and says why', async () => {
    const { estate, end } = await startTestEstate({ topology: 'recommended', tls: 'offload', patients: 1 });
    try {
      const { control } = estate.processes.find(({ name }) => name === 'cache-1') ?? { control: '' };
      const answers: [unknown, RegExp][] = [
        [{ kind: 'explode' }, /kind/],
        [{ kind: 'slow' }, /delayMs/],
        [{ kind: 'error', status: 200 }, /status/],
        [{ kind: 'hang', extra: 1 }, /extra/],
        [{ kind: 'cache-gone' }, /API server only/],
      ];
      for (const [body, reason] of answers) {
        const response = await fetch(`${control}/fault`, { method: 'POST', body: JSON.stringify(body) });
        expect(response.status).toBe(400);
        expect(await response.text()).toMatch(reason);
      }
      expect(() => estate.control('api-9')).toThrow('no process api-9; there are api-1');
      expect(await estate.control('cache-1').fault()).toBeUndefined();
    } finally {
      await end();
    }
  });
});
