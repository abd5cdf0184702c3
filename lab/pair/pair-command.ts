import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Apply, PairStatus, StatusWords } from '../scenario/setting.ts';
import type { NodeName } from './addresses.ts';

/** The product's command on the machine of an operator, who reaches all nodes whatever lies between them. */
export class PairCommand {
  /** What did not end well, or did not say what it should. */
  readonly failures: string[] = [];
  readonly #root: string;
  readonly #keys: string;
  readonly #nodes: readonly NodeName[];

  /** @param keys the directory of the keys of the pair */
  constructor(root: string, keys: string, nodes: readonly NodeName[]) {
    this.#root = root;
    this.#keys = keys;
    this.#nodes = nodes;
  }

  /** Runs a command that is about all nodes. */
  async do(command: string, words: readonly string[] = []): Promise<void> {
    const { code, said } = await this.#run(command, words);
    if (code !== 0)
      this.failures.push(`aorta ${[command, ...words].join(' ')} ended with ${code}: ${said.trim()}`);
  }

  async expectStatus({ says, never }: StatusWords): Promise<void> {
    const { said } = await this.#run('status');
    if (says !== undefined && !said.includes(says))
      this.failures.push(`aorta status does not say "${says}": ${said.trim()}`);
    if (never !== undefined && said.includes(never))
      this.failures.push(`aorta status says "${never}": ${said.trim()}`);
  }

  /** What `aorta status` of all nodes says, as data. */
  async status(): Promise<PairStatus> {
    return JSON.parse((await this.#run('status', ['--json'])).said) as PairStatus;
  }

  /** @param file the declaration */
  async apply(file: string, { on, refused }: Apply): Promise<void> {
    const { code, said } = await this.#run('apply', [file, '--guard', '1s'], on);
    const asWanted = refused === undefined ? code === 0 : code !== 0 && said.includes(refused);
    if (asWanted) return;
    const wanted = refused === undefined ? '' : `, and was to be refused with "${refused}"`;
    this.failures.push(`aorta apply ended with ${code}${wanted}: ${said.trim()}`);
  }

  #run(
    command: string,
    words: readonly string[] = [],
    on: readonly string[] = [],
  ): Promise<{ code: number; said: string }> {
    const nodes = (on.length === 0 ? this.#nodes : on).flatMap((name) => ['--node', name]);
    return run(this.#root, [command, ...words, ...nodes, '--keys', this.#keys]);
  }
}

function run(root: string, words: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(join(root, 'bin', 'aorta'), words, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, said: stripVTControlCharacters(stdout + stderr) });
    });
  });
}
