import { createHash, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo, LookupFunction } from 'node:net';
import { Client as FhirKitClient } from 'fhir-kit-client';
import { Dispatcher1Wrapper } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Estate } from './estate.ts';
import { type Answer, type Ask, ServerClient, startTestEstate } from './test-client.ts';

/** What we use of fhirclient. Its own types declare a browser's globals for the whole program. */
interface SmartApi {
  authorize(options: Record<string, string>): Promise<unknown>;
  ready(): Promise<{
    patient: { read(): Promise<unknown> };
    request<T>(path: string, options: { pageLimit: number; flat: boolean }): Promise<T>;
  }>;
}
interface SmartStorage {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
  unset(key: string): Promise<boolean>;
}
type Smart = (request: IncomingMessage, response: ServerResponse, storage: SmartStorage) => SmartApi;
const smart = createRequire(import.meta.url)('fhirclient') as Smart;

const FHIR = '/v1/uscore/R4';
const CALLBACK = 'https://app.stelsewhere.example/callback';

/** A browser as far as OAuth needs one: keeps cookies, follows redirects, and meets another server on each step. */
class HeadlessBrowser {
  readonly #cookies = new Map<string, string>();
  readonly #servers: readonly ServerClient[];
  readonly #headers: Record<string, string>;
  readonly met: string[] = [];

  constructor(servers: readonly ServerClient[], headers: Record<string, string> = {}) {
    this.#servers = servers;
    this.#headers = headers;
  }

  /** Follows redirects from `url` until one leads to `stop`, and answers that address. */
  async follow(url: string, stop: string): Promise<URL> {
    for (let step = 0; step < 10; step += 1) {
      const { pathname, search } = new URL(url, 'https://relative.example');
      const answer = await this.ask(pathname + search);
      const { location } = answer.headers;
      if (typeof location !== 'string')
        throw new Error(`no redirect from ${pathname}: ${answer.status} ${answer.text}`);
      if (location.startsWith(stop)) return new URL(location);
      url = location;
    }
    throw new Error('too many redirects');
  }

  async ask(path: string, ask: Ask = {}): Promise<Answer> {
    const server = this.#servers[this.met.length % this.#servers.length];
    if (server === undefined) throw new Error('no server');
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await server.ask(path, { ...ask, headers: { ...this.#headers, ...ask.headers, cookie } });
    this.met.push(String(answer.headers['x-lab-server']));
    const set = answer.headers['set-cookie'] ?? [];
    for (const line of Array.isArray(set) ? set : [set]) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}

describe.each(['bridging', 'offload'] as const)('a login by code and PKCE, %s', (tls) => {
  let estate: Estate;
  let end: () => Promise<void>;
  let servers: ServerClient[];
  // As a balancer would say it; without this an offloaded server would believe in plain HTTP.
  const forwarded: Record<string, string> =
    tls === 'bridging'
      ? {}
      : {
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'mtrestapis-live01.stelsewhere.example',
          'x-forwarded-port': '443',
        };
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');

  beforeAll(async () => {
    ({ estate, end } = await startTestEstate({
      topology: 'minimum',
      tls,
      patients: 5,
      redirectUris: [CALLBACK],
    }));
    servers = [await ServerClient.to(estate, 'api-1'), await ServerClient.to(estate, 'api-2')];
  });
  afterAll(async () => {
    for (const server of servers ?? []) await server.close();
    await end?.();
  });

  const authorize = (extra: Record<string, string> = {}): string =>
    `/oauth/authorize?${new URLSearchParams({
      client_id: estate.oauth.public.clientId,
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid fhirUser profile launch/patient offline_access patient/*.read',
      aud: `${servers[0]?.origin}${FHIR}`,
      state: 'state-1',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...extra,
    }).toString()}`;
  const redeem = (browser: HeadlessBrowser, parameters: Record<string, string>): Promise<Answer> =>
    browser.ask('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: estate.oauth.public.clientId, ...parameters }).toString(),
    });

  test('works with a different server on each step, up to refresh and user info', async () => {
    const browser = new HeadlessBrowser(servers, forwarded);
    const callback = await browser.follow(authorize(), CALLBACK);
    expect(callback.searchParams.get('state')).toBe('state-1');
    const code = callback.searchParams.get('code') ?? '';
    const parameters = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    };
    const answer = await redeem(browser, parameters);
    expect(answer.status, answer.text).toBe(200);
    const token = JSON.parse(answer.text) as Record<string, string>;
    expect(token.scope).toContain('launch/patient');
    expect(new Set(browser.met)).toEqual(new Set(['api-1', 'api-2']));
    expect(browser.met.slice(0, 2)).toEqual(['api-1', 'api-2']);

    const authorization = { headers: { authorization: `Bearer ${token.access_token}` } };
    expect((await browser.ask(`${FHIR}/Patient/${token.patient}`, authorization)).status).toBe(200);
    const user = JSON.parse((await browser.ask('/userinfo', authorization)).text) as Record<string, string>;
    expect(user).toMatchObject({ sub: 'clinician-1', name: 'Synthetic Clinician' });
    const practitioner = new URL(user.fhirUser ?? '').pathname;
    expect((await browser.ask(practitioner, authorization)).status).toBe(200);

    const refreshed = await redeem(browser, {
      grant_type: 'refresh_token',
      refresh_token: token.refresh_token ?? '',
    });
    expect(JSON.parse(refreshed.text)).toMatchObject({
      access_token: expect.any(String),
      patient: token.patient,
    });

    const replayed = await redeem(browser, parameters);
    expect(replayed.status).toBe(400);
    expect(replayed.text).toContain('invalid_grant');
  });

  test('fails without PKCE, with a wrong verifier, and for a strange redirect address', async () => {
    const browser = new HeadlessBrowser(servers, forwarded);
    const bare = await browser.follow(authorize({ code_challenge: '', code_challenge_method: '' }), CALLBACK);
    expect(bare.searchParams.get('error')).toBe('invalid_request');

    const callback = await browser.follow(authorize(), CALLBACK);
    const code = callback.searchParams.get('code') ?? '';
    const wrong = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: 'x'.repeat(43),
    };
    expect((await redeem(browser, wrong)).text).toContain('invalid_grant');

    const strange = await browser.ask(authorize({ redirect_uri: 'https://evil.example/' }));
    expect(strange.status).toBe(400);
  });

  test('client credentials with a wrong secret get nothing', async () => {
    const answer = await servers[0]?.ask('/oauth/token', {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('lab-confidential:wrong').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    });
    expect(answer?.status).toBe(401);
  });
});

describe('clients that real applications use', () => {
  let estate: Estate;
  let end: () => Promise<void>;
  let a: ServerClient;
  let b: ServerClient;
  let app: Server;
  let callback: string;
  const saved = https.globalAgent;

  beforeAll(async () => {
    app = createServer();
    app.listen(0, `127.252.${randomInt(1, 250)}.${randomInt(1, 250)}`);
    await once(app, 'listening');
    const { address, port } = app.address() as AddressInfo;
    callback = `http://${address}:${port}/callback`;
    ({ estate, end } = await startTestEstate({
      topology: 'recommended',
      tls: 'bridging',
      redirectUris: [callback],
    }));
    a = await ServerClient.to(estate, 'api-1');
    b = await ServerClient.to(estate, 'api-2');
    // Stands for the balancer: each new connection goes to the next server, and none is kept.
    const addresses = estate.machines
      .filter(({ roles }) => roles.includes('api'))
      .map(({ address: one }) => one);
    let turn = 0;
    const lookup: LookupFunction = (_name, options, done) => {
      const next = addresses[turn++ % addresses.length] ?? '';
      if (options.all === true) done(null, [{ address: next, family: 4 }]);
      else done(null, next, 4);
    };
    https.globalAgent = new https.Agent({ keepAlive: false, ca: await readFile(estate.ca), lookup });
  });
  afterAll(async () => {
    https.globalAgent = saved;
    app?.close();
    await a?.close();
    await b?.close();
    await end?.();
  });

  test('fhir-kit-client searches on one server and takes the next page from the other', async () => {
    const bearerToken = await a.token(estate);
    const on = (server: ServerClient): FhirKitClient => {
      // Node's own fetch speaks the older interface of dispatchers.
      const requestOptions = { dispatcher: new Dispatcher1Wrapper(server.agent) };
      return new FhirKitClient({ baseUrl: `${server.origin}${FHIR}`, bearerToken, requestOptions });
    };
    const first = await on(a).search({ resourceType: 'Patient', searchParams: { _count: 30 } });
    expect(first).toMatchObject({ total: 75 });
    const bundle = first as unknown as Parameters<FhirKitClient['nextPage']>[0]['bundle'];
    const second = (await on(b).nextPage({ bundle })) as unknown as {
      entry: unknown[];
      link: { relation: string }[];
    };
    expect(second.entry).toHaveLength(30);
    expect((await estate.control('api-2').stats()).requests[`GET ${FHIR}/Patient`]).toBe(1);
    await expect(on(b).read({ resourceType: 'Patient', id: 'nobody' })).rejects.toMatchObject({
      response: { status: 404 },
    });
  });

  test('fhirclient launches, logs in, reads its patient and pages through all, over both servers', async () => {
    const memory = new Map<string, unknown>();
    const storage = {
      get: async (key: string) => memory.get(key),
      set: async (key: string, value: unknown) => void memory.set(key, value),
      unset: async (key: string) => memory.delete(key),
    };
    const finished = Promise.withResolvers<{ patient: unknown; all: unknown[] }>();
    app.on('request', (request, response) => {
      const api = smart(request, response, storage);
      if (request.url?.startsWith('/launch') === true) {
        api
          .authorize({
            clientId: estate.oauth.public.clientId,
            scope: 'openid fhirUser launch/patient patient/*.read offline_access',
            redirectUri: callback,
            iss: `${a.origin}:443${FHIR}`,
            pkceMode: 'required',
          })
          .catch(finished.reject);
        return;
      }
      api
        .ready()
        .then(async (client) => {
          const patient: unknown = await client.patient.read();
          const all = await client.request<unknown[]>('Patient', { pageLimit: 0, flat: true });
          response.end('done');
          finished.resolve({ patient, all });
        })
        .catch(finished.reject);
    });
    const launch = await fetch(new URL('/launch', callback), { redirect: 'manual' });
    const browser = new HeadlessBrowser([a, b]);
    const back = await browser.follow(launch.headers.get('location') ?? '', callback);
    const [{ patient, all }] = await Promise.all([
      finished.promise,
      fetch(back).then((response) => response.text()),
    ]);
    expect(patient).toMatchObject({ resourceType: 'Patient' });
    expect(all).toHaveLength(75);
    for (const name of ['api-1', 'api-2']) {
      expect((await estate.control(name).stats()).requests[`GET ${FHIR}/Patient`]).toBeGreaterThan(1);
    }
  });
});
