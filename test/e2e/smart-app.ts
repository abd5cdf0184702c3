import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { loopbackAddress } from '../harness/loopback.ts';
import { HeadlessBrowser } from './headless-browser.ts';
import type { Service } from './service.ts';

/** What we use of fhirclient. Its own types declare a browser's globals for the whole program. */
export interface SmartClient {
  readonly patient: { read(): Promise<unknown> };
  request<T>(
    options: string | Readonly<Record<string, unknown>>,
    how?: Readonly<Record<string, unknown>>,
  ): Promise<T>;
}
interface SmartApi {
  authorize(options: Readonly<Record<string, string>>): Promise<unknown>;
  ready(): Promise<SmartClient>;
}
interface SmartStorage {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
  unset(key: string): Promise<boolean>;
}
type Smart = (request: IncomingMessage, response: ServerResponse, storage: SmartStorage) => SmartApi;
const smart = createRequire(import.meta.url)('fhirclient') as Smart;

/** A SMART application that runs on a server, made with fhirclient. */
export interface SmartApp {
  /** Where logins come back to. */
  readonly callback: string;
  /** Logs a clinician in at a FHIR base, by authorization code with PKCE. */
  logIn(service: Service, base: string): Promise<{ client: SmartClient; met: readonly string[] }>;
  end(): void;
}

export async function startSmartApp(): Promise<SmartApp> {
  const server = createServer();
  server.listen(0, loopbackAddress());
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  const origin = `http://${address}:${port}`;
  const callback = `${origin}/callback`;
  const usual = https.globalAgent;
  return {
    callback,
    logIn: async (service, base) => {
      // fhirclient takes no agent. It stays after the login, because what the client asks later needs it too.
      https.globalAgent = new https.Agent({ keepAlive: false, ca: service.ca, lookup: service.lookup });
      const memory = new Map<string, unknown>();
      const storage: SmartStorage = {
        get: async (key) => memory.get(key),
        set: async (key, value) => void memory.set(key, value),
        unset: async (key) => memory.delete(key),
      };
      const done = Promise.withResolvers<SmartClient>();
      const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const api = smart(request, response, storage);
        if (request.url?.startsWith('/launch') === true) {
          await api.authorize({
            clientId: service.estate.oauth.public.clientId,
            scope: 'openid fhirUser launch/patient patient/*.read offline_access',
            redirectUri: callback,
            iss: base,
            pkceMode: 'required',
          });
          return;
        }
        done.resolve(await api.ready());
        response.end('logged in');
      };
      const onRequest = (request: IncomingMessage, response: ServerResponse) => {
        answer(request, response).catch((error: unknown) => {
          done.reject(error);
          response.destroy();
        });
      };
      server.on('request', onRequest);
      try {
        const launch = await fetch(`${origin}/launch`, { redirect: 'manual' });
        const browser = new HeadlessBrowser(service);
        const back = await browser.follow(launch.headers.get('location') ?? '', callback);
        const [client] = await Promise.all([done.promise, fetch(back).then((response) => response.text())]);
        return { client, met: browser.met };
      } finally {
        server.off('request', onRequest);
      }
    },
    end: () => {
      https.globalAgent = usual;
      server.closeAllConnections();
      server.close();
    },
  };
}
