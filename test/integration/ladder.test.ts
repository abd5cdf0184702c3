// Guards: rungs of the blueprint that fail against a healthy API server, or pass against a broken one.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Estate } from '../../lab/estate.ts';
import type { FaultInput } from '../../lab/fault-kinds.ts';
import { startTestEstate } from '../../lab/test-client.ts';
import { load } from '../../src/cli/load.ts';
import { compile } from '../../src/compile/compile.ts';
import { nodeFacts } from '../../src/daemon/node-facts.ts';
import type { BearerToken, DeepResult } from '../../src/dataplane/probe-port.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { systemClock, systemTimer } from '../../src/dataplane/system/clock.ts';
import { createDeepChecker } from '../../src/dataplane/system/deep-check.ts';
import { DeepChecks } from '../../src/health/deep-checks.ts';
import { type DeepTarget, deepTargets } from '../../src/health/deep-targets.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { estateDeclaration } from '../harness/estate-declaration.ts';
import { until } from '../harness/until.ts';

const checker = createDeepChecker(systemClock);
const passed = { kind: 'passed' };
const backend = 'live-apis.servers';

describe.each([
  ['recommended', 'bridging'],
  ['recommended', 'offload'],
  ['minimum', 'bridging'],
  ['minimum', 'offload'],
] as const)('%s deployment, %s', (deployment, tls) => {
  let estate: Estate;
  let directory: string;
  let end: () => Promise<void>;
  let targets: readonly DeepTarget[];

  /** What the blueprint makes of these parameters. */
  async function desiredWith(parameters: Readonly<Record<string, unknown>> = {}, secret?: string) {
    const { clientId, clientSecret } = estate.oauth.confidential;
    const secretFile = join(directory, 'check.secret');
    await writeFile(secretFile, `${secret ?? clientSecret}\n`, { mode: 0o600 });
    const transaction = { clientId, secretFile, scope: 'system/*.read', path: '/v1/uscore/R4/Organization' };
    const declaration = estateDeclaration(estate, {
      deployment,
      addresses: { apis: '127.0.0.1', second: '127.0.0.2' },
      parameters: { transaction, ...parameters },
    });
    const file = join(directory, 'aorta.yaml');
    await writeFile(file, JSON.stringify(declaration));
    const { configuration, diagnostics } = await load(file, Date.now());
    if (configuration === undefined) throw new Error(JSON.stringify(diagnostics));
    return { configuration, ir: compile(configuration, nodeFacts(runtimePaths(directory)), []) };
  }

  async function targetsWith(parameters: Readonly<Record<string, unknown>> = {}, secret?: string) {
    const { configuration, ir } = await desiredWith(parameters, secret);
    return deepTargets(configuration, ir).filter((one) => one.backend === backend);
  }

  async function ask(
    server: string,
    rung: string,
    among = targets,
    token?: BearerToken,
  ): Promise<DeepResult> {
    const target = among.find((one) => one.server === server && one.rung === rung);
    if (target === undefined) throw new Error(`no ${rung} of ${server}`);
    const probe = token === undefined ? target.probe : { ...target.probe, token };
    return await checker.deepCheck(probe, new AbortController().signal);
  }

  beforeAll(async () => {
    ({ estate, directory, end } = await startTestEstate({ topology: deployment, tls, patients: 20 }));
    targets = await targetsWith();
  });
  afterEach(async () => {
    for (const name of ['api-1', 'platform-1']) await estate.control(name).heal();
  });
  afterAll(() => end?.());
  const inject = (fault: FaultInput, name = 'api-1') => estate.control(name).inject(fault);

  test('every rung of every server passes, and a token is got once', async () => {
    expect(new Set(targets.map(({ rung }) => rung))).toEqual(
      new Set(['capability', 'smart-configuration', 'transaction']),
    );
    for (const { server, rung } of targets) expect(await ask(server, rung)).toMatchObject(passed);
    const { token } = await ask('api-1', 'transaction');
    expect(token?.expiresAt).toBeGreaterThan(Date.now() + 3_000_000);
    expect(await ask('api-1', 'transaction', targets, token)).toMatchObject({ ...passed, token });
  });

  test('a token that the server does not know is replaced', async () => {
    const stale = { value: new Secret('stale') };
    const result = await ask('api-1', 'transaction', targets, stale);
    expect(result).toMatchObject(passed);
    expect(result.token?.value.reveal()).not.toBe('stale');
  });

  test('a wrong secret, a wrong scope: the client is refused, and no server is blamed for anything else', async () => {
    const wrong = await targetsWith({}, 'synthetic-wrong-secret');
    expect(await ask('api-1', 'transaction', wrong)).toMatchObject({
      fault: 'credentials',
      what: 'no token: the token endpoint answers 401 (invalid_client)',
    });
    expect(await ask('api-1', 'capability', wrong)).toMatchObject(passed);
  });

  test('healthy checks and a broken API: only the transaction notices', async () => {
    await inject({ kind: 'check-passes-api-fails' });
    for (const rung of ['capability', 'smart-configuration'])
      expect(await ask('api-1', rung)).toMatchObject(passed);
    expect(await ask('api-1', 'transaction')).toMatchObject({ kind: 'failed', fault: 'status' });
    expect(await ask('api-2', 'transaction')).toMatchObject(passed);
  });

  test('a lost Cache: only the transaction notices', async () => {
    await inject({ kind: 'cache-gone' });
    expect(await ask('api-1', 'capability')).toMatchObject(passed);
    expect(await ask('api-1', 'transaction')).toMatchObject({
      fault: 'status',
      what: expect.stringMatching(/503/),
    });
  });

  test('a Platform Service that refuses is a fault of the transaction', async () => {
    await inject({ kind: 'refuse' }, 'platform-1');
    expect(await ask('api-1', 'transaction')).toMatchObject({ kind: 'failed', fault: 'status' });
  });

  test.each<[FaultInput, string, string]>([
    [{ kind: 'error', status: 500 }, 'status', 'the answer is 500 instead of 200'],
    [{ kind: 'hang' }, 'silent', 'there is no answer within 5s'],
    [{ kind: 'refuse' }, 'unreachable', 'the server refuses connections'],
    [{ kind: 'reset' }, 'broken', 'the server closes the connection without an answer'],
  ])('%j', async (fault, kind, what) => {
    await inject(fault);
    expect(await ask('api-1', 'capability')).toEqual({ kind: 'failed', fault: kind, what });
    expect(await ask('api-2', 'capability')).toMatchObject(passed);
  });

  const certificates: [FaultInput['kind'], RegExp][] = [
    ['wrong-certificate', /does not cover mtrestapis-live01\.stelsewhere\.example/],
    ['expired-certificate', /expired on/],
    ['untrusted-certificate', /unknown authority/],
  ];
  test.each(tls === 'bridging' ? certificates : [])(
    '%s: nothing is asked, not even a token',
    async (kind, what) => {
      await inject({ kind } as FaultInput);
      for (const rung of ['capability', 'transaction'])
        expect(await ask('api-1', rung)).toEqual({
          kind: 'failed',
          fault: 'tls',
          what: expect.stringMatching(what),
        });
    },
  );

  test('another version of FHIR than the site has', async () => {
    const other = await targetsWith({ fhirVersion: '1.0.2' });
    expect(await ask('api-1', 'capability', other)).toMatchObject({
      fault: 'content',
      what: '/fhirVersion is "4.0.1" instead of "1.0.2"',
    });
  });

  test('in its own time: a broken API is noticed, and forgiven when it is well', async () => {
    const checks = new DeepChecks({ checker, clock: systemClock, timer: systemTimer, random: Math.random });
    const states = (server: string) => checks.rungs(backend, server).map(({ state }) => state);
    const every = (state: string) =>
      ['api-1', 'api-2'].every((one) => states(one).every((it) => it === state));
    try {
      await inject({ kind: 'error', status: 500 });
      checks.follow(await desiredWith());
      expect(states('api-1')).toEqual(['unknown', 'unknown', 'unknown']);
      const [first, ...others] = await until(
        'api-1 is blamed',
        () => {
          const opinions = checks.opinions().filter((one) => one.backend === backend);
          return opinions.length === 3 ? opinions : undefined;
        },
        20_000,
      );
      for (const { server } of others) expect(server).toBe('api-1');
      expect(first).toMatchObject({
        server: 'api-1',
        source: 'deep-check',
        fault: 'capability: status',
        because: 'the deep check capability fails: the answer is 500 instead of 200',
      });
      await estate.control('api-1').heal();
      // Both services forgive it, each in its own time.
      await until('all is well', () => checks.opinions().length === 0 || undefined, 20_000);
      expect(every('passing')).toBe(true);
    } finally {
      await checks.end();
    }
  });

  test('the secret is in the file, and nowhere else', async () => {
    const { clientSecret } = estate.oauth.confidential;
    expect(await readFile(join(directory, 'check.secret'), 'utf8')).toContain(clientSecret);
    expect(JSON.stringify(targets)).not.toContain(clientSecret);
  });
});
