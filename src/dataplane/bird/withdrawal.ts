import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { WithdrawnBy } from '../announcer-port.ts';
import { readJsonIfPresent, replaceFile } from '../system/files.ts';
import { withdrawn } from './duty.ts';

/** @property since in milliseconds since 1970 */
export type WithdrawalRecord = WithdrawnBy & { readonly since: number };

/**
 * That somebody wants this node not to announce its addresses. Who, why and since when is on disk beside the declaration,
 * and survives a restart of the machine; from that follows the file that BIRD reads.
 */
export class Withdrawal {
  readonly #record: string;
  readonly #file: string;

  /** @param file that BIRD reads */
  constructor(record: string, file: string) {
    this.#record = record;
    this.#file = file;
  }

  async read(): Promise<WithdrawalRecord | undefined> {
    return (await readJsonIfPresent(this.#record)) as WithdrawalRecord | undefined;
  }

  async write(record: WithdrawalRecord): Promise<void> {
    await replaceFile(this.#record, JSON.stringify(record), 0o600);
    await this.show();
  }

  async end(): Promise<void> {
    await rm(this.#record, { force: true });
    await this.show();
  }

  /** Whether BIRD finds what is wanted. */
  get isShown(): boolean {
    return existsSync(this.#record) === existsSync(this.#file);
  }

  /** Makes the file that BIRD reads say what is wanted. */
  async show(): Promise<void> {
    if (this.isShown) return;
    if (existsSync(this.#record)) await replaceFile(this.#file, withdrawn, 0o600);
    else await rm(this.#file, { force: true });
  }
}
