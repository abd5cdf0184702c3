import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';

/** Where an application finds the OAuth endpoints, and what it is there. */
export interface LoginTarget {
  readonly address: string;
  readonly hostname: string;
  /** PEM. */
  readonly ca: string;
  readonly clientId: string;
  readonly redirectUri: string;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One person who signs in to an application, step by step, each on a connection of its own. */
export class Login {
  readonly #target: LoginTarget;
  readonly #verifier = randomBytes(32).toString('base64url');
  readonly #cookies = new Map<string, string>();
  #next: string;

  constructor(target: LoginTarget) {
    this.#target = target;
    this.#next = `/oauth/authorize?${new URLSearchParams({
      client_id: target.clientId,
      response_type: 'code',
      redirect_uri: target.redirectUri,
      scope: 'openid fhirUser patient/*.read',
      aud: `https://${target.hostname}/v1/uscore/R4`,
      state: 'x',
      code_challenge: createHash('sha256').update(this.#verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()}`;
  }

  /** The first step: the person is shown where to sign in. */
  async begin(): Promise<void> {
    await this.#step();
  }

  /** All further steps, until the application has its code. */
  async finish(): Promise<void> {
    while (!this.#next.startsWith(this.#target.redirectUri)) await this.#step();
  }

  /** @returns whether the code was redeemed for a token */
  async redeem(): Promise<boolean> {
    const code = new URL(this.#next).searchParams.get('code') ?? '';
    const { clientId, redirectUri } = this.#target;
    const answer = await this.#ask('/oauth/token', {
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: redirectUri,
      code_verifier: this.#verifier,
    });
    return answer.status === 200 && answer.text.includes('"access_token"');
  }

  async #step(): Promise<void> {
    const { pathname, search } = new URL(this.#next, `https://${this.#target.hostname}`);
    const { status, headers, text } = await this.#ask(pathname + search);
    if (headers.location === undefined) throw new Error(`no way on from ${pathname}: ${status} ${text}`);
    this.#next = headers.location;
  }

  #ask(path: string, form?: Readonly<Record<string, string>>): Promise<Answer> {
    const { address, hostname, ca } = this.#target;
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          ...{ host: address, servername: hostname, ca, path, agent: false, timeout: 10_000 },
          method: form === undefined ? 'GET' : 'POST',
          // By its id a server counts what it carries out.
          headers: { host: hostname, cookie, 'x-request-id': randomUUID(), ...type },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.once('error', reject);
          answer.once('end', () => {
            this.#keep(answer.headers['set-cookie'] ?? []);
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
          });
        },
      );
      asked.once('timeout', () => asked.destroy(new Error(`no answer to ${path} in time`)));
      asked.once('error', reject);
      asked.end(form === undefined ? undefined : new URLSearchParams(form).toString());
    });
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}
