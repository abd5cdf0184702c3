import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { NODES } from './addresses.ts';

/** The product's command on the machine of an operator, who reaches both nodes whatever lies between them. */
export class PairCommand {
  /** What did not end well, or did not say what it should. */
  readonly failures: string[] = [];
  readonly #root: string;
  readonly #keys: string;

  /** @param keys the directory of the keys of the pair */
  constructor(root: string, keys: string) {
    this.#root = root;
    this.#keys = keys;
  }

  async move(command: 'failover' | 'rehearse'): Promise<void> {
    const { code, said } = await this.#run(command);
    if (code !== 0) this.failures.push(`aorta ${command} ended with ${code}: ${said.trim()}`);
  }

  async expectStatus(words: string): Promise<void> {
    const { said } = await this.#run('status');
    if (!said.includes(words)) this.failures.push(`aorta status does not say "${words}": ${said.trim()}`);
  }

  #run(command: string): Promise<{ code: number; said: string }> {
    const nodes = NODES.flatMap((name) => ['--node', name]);
    return run(this.#root, [command, ...nodes, '--keys', this.#keys]);
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
