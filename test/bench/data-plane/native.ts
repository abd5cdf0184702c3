import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Place } from './place.ts';

/** Compiles the programs of `native/`. @returns where each is */
export async function compileNative(directory: string): Promise<Place['native']> {
  for (const name of ['relay', 'handshakes', 'cpu-clock']) {
    const source = join(import.meta.dirname, 'native', `${name}.c`);
    const words = ['-O2', '-Wall', '-Wextra', '-Werror', '-o', join(directory, name), source];
    await promisify(execFile)('gcc', [...words, '-lssl', '-lcrypto']);
  }
  return (program) => join(directory, program);
}
