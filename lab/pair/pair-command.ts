import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
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

  async move(command: 'failover' | 'rehearse', words: readonly string[] = []): Promise<void> {
    const { code, said } = await this.#run(command, words);
    if (code !== 0)
      this.failures.push(`aorta ${[command, ...words].join(' ')} ended with ${code}: ${said.trim()}`);
  }

  async expectStatus(words: string): Promise<void> {
    const { said } = await this.#run('status');
    if (!said.includes(words)) this.failures.push(`aorta status does not say "${words}": ${said.trim()}`);
  }

  #run(command: string, words: readonly string[] = []): Promise<{ code: number; said: string }> {
    const nodes = this.#nodes.flatMap((name) => ['--node', name]);
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
