import type { Answer, Service } from './service.ts';

/** A browser as far as a login needs one: it keeps cookies and follows redirects through the virtual services. */
export class HeadlessBrowser {
  readonly #cookies = new Map<string, string>();
  readonly #service: Service;
  /** The API servers that answered, in turn. */
  readonly met: string[] = [];

  constructor(service: Service) {
    this.#service = service;
  }

  /** Follows redirects from `url` until one leads to `stop`, and gives that address. */
  async follow(url: string, stop: string): Promise<string> {
    for (let step = 0; step < 10; step += 1) {
      const { status, headers, text } = await this.#ask(url);
      const { location } = headers;
      if (typeof location !== 'string') throw new Error(`no redirect from ${url}: ${status} ${text}`);
      const next = new URL(location, url).href;
      if (next.startsWith(stop)) return next;
      url = next;
    }
    throw new Error('too many redirects');
  }

  async #ask(url: string): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#service.ask(url, { headers: { cookie } });
    this.met.push(String(answer.headers['x-lab-server']));
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}
