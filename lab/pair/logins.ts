import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forkThrough } from '../entrance.ts';
import type { Setting } from '../scenario/setting.ts';
import type { LoginOrder, LoginReport } from './logins-main.ts';

/** Logins that something happens in the middle of. */
export class Logins {
  readonly #child: ChildProcess;
  readonly #begin: LoginOrder;

  private constructor(child: ChildProcess, begin: LoginOrder) {
    this.#child = child;
    this.#begin = begin;
  }

  static async open({ clients: { reached, entrance }, estate }: Setting, count: number): Promise<Logins> {
    const [redirectUri = ''] = estate.oauth.redirectUris;
    const { address, hostname } = reached;
    const { clientId } = estate.oauth.public;
    const target = { address, hostname, ca: await readFile(estate.ca, 'utf8'), clientId, redirectUri };
    const child = forkThrough(entrance, join(import.meta.dirname, 'logins-main.ts'), []);
    return new Logins(child, { do: 'begin', target, count });
  }

  /** Every second one has its code then, the others are in the middle of signing in. */
  async begin(): Promise<void> {
    await this.#ask(this.#begin);
  }

  /** @returns how many tokens came of them, and what became of the others */
  async end(): Promise<Extract<LoginReport, { done: 'ended' }>> {
    const report = await this.#ask({ do: 'end' });
    if (report.done !== 'ended') throw new Error(`they are ${report.done}`);
    return report;
  }

  close(): void {
    this.#child.disconnect();
  }

  async #ask(order: LoginOrder): Promise<LoginReport> {
    const gone = once(this.#child, 'exit').then(() => {
      throw new Error('who signs in has ended');
    });
    gone.catch(() => undefined);
    const answered = once(this.#child, 'message') as Promise<[LoginReport]>;
    this.#child.send(order);
    const [report] = await Promise.race([answered, gone]);
    return report;
  }
}
