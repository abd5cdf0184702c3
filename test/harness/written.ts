import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import type { Product } from './product.ts';

/** Something that the product wrote: a file, or what a command printed. */
export interface Written {
  readonly where: string;
  /** Of a file. */
  readonly mode?: number;
  readonly bytes: Buffer;
}

/** Everything that the product wrote so far, and everything that its commands say when asked. */
export async function everythingWritten(product: Product): Promise<Written[]> {
  const { stdout, stderr } = product.output();
  const written: Written[] = [{ where: 'aorta up', bytes: Buffer.from(stdout + stderr) }];
  for (const directory of new Set([product.state, runtimePaths(product.state).directory])) {
    written.push(...(await filesBelow(directory)));
  }
  const { file } = product;
  const commands = [
    ['status', '--json'],
    ['status'],
    ['check', file, '--json'],
    ['check', file],
    ['explain', file, '--json'],
    ['explain', file],
    ['render', file, '--json', '--check'],
    ['render', file],
    ['apply', file, '--json'],
  ] as const;
  for (const [command, ...words] of commands) {
    const answer = await product.run(command, ...words);
    written.push({ where: `aorta ${command}`, bytes: Buffer.from(answer.stdout + answer.stderr) });
  }
  return written;
}

async function filesBelow(directory: string): Promise<Written[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const where = join(entry.parentPath, entry.name);
        return { where, mode: (await stat(where)).mode & 0o777, bytes: await readFile(where) };
      }),
  );
}

/** The needles that are in the text in any form: in either case, percent-encoded, base64, hexadecimal, UTF-16. */
export function found(bytes: Buffer, needles: readonly string[]): string[] {
  const text = bytes.toString('latin1');
  const lower = text.toLowerCase();
  const decoded = unescaped(unescaped(lower)).toLowerCase();
  return needles.filter((needle) => {
    const wanted = needle.toLowerCase();
    if (lower.includes(wanted) || decoded.includes(wanted)) return true;
    if (lower.includes(Buffer.from(needle).toString('hex'))) return true;
    if (bytes.includes(Buffer.from(needle, 'utf16le'))) return true;
    return [needle, wanted, needle.toUpperCase()].some((form) =>
      inBase64(form).some((part) => text.includes(part)),
    );
  });
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** What base64 has of a text wherever it begins: only the letters that do not depend on its neighbours. */
function inBase64(needle: string): string[] {
  return [0, 1, 2].map((shift) => {
    const whole = Buffer.from('\0'.repeat(shift) + needle).toString('base64');
    return whole.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + needle.length) * 8) / 6));
  });
}
