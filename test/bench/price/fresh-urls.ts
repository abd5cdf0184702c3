import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { hostname } from '../data-plane/place.ts';

/**
 * Writes URLs of so many patients, each another one: HAProxy remembers what an expression has found in a text, and the same
 * path again and again would cost less than what clients ask for. The same ones each time.
 */
export async function writeFreshUrls(file: string, count: number): Promise<void> {
  const urls = Array.from({ length: count }, (_, index) => {
    const digits = createHash('sha256').update(`patient ${index}`).digest('hex');
    const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
    return `https://${hostname}/v1/uscore/R4/Patient/${id}\n`;
  });
  await writeFile(file, urls.join(''));
}
