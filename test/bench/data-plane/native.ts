import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Place } from './place.ts';

/** Compiles the programs of `native/`. @returns where each is */
export async function compileNative(directory: string): Promise<Place['native']> {
  for (const name of ['relay', 'handshakes', 'cpu-clock'])
    await compileProgram(join(import.meta.dirname, 'native', `${name}.c`), join(directory, name));
  return (program) => join(directory, program);
}

/** Compiles one program, which may speak TLS. */
export async function compileProgram(source: string, program: string): Promise<void> {
  const words = ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source];
  await promisify(execFile)('gcc', [...words, '-lssl', '-lcrypto']);
}
