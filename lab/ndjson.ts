import { createHash } from 'node:crypto';

const CHUNK = 64 * 1024;
const MINIMUM_LINE = 128;

/**
 * Synthetic newline-delimited JSON of exactly `size` bytes (at least 128): the same bytes for the same size, made on the fly, so
 * that a large download needs no disk and a reader can check every byte.
 */
export function* syntheticNdjson(size: number): Generator<Buffer> {
  let left = size;
  let line = 0;
  let lines: string[] = [];
  let length = 0;
  while (left > 0) {
    line += 1;
    const ordinary = `${JSON.stringify({ resourceType: 'Binary', id: `lab-${line}`, contentType: 'text/plain', data: noise(line) })}\n`;
    // The last line fills up to the exact size, and must have room to be JSON itself.
    const text = left - ordinary.length < MINIMUM_LINE ? filler(left) : ordinary;
    lines.push(text);
    length += text.length;
    left -= text.length;
    if (length < CHUNK && left > 0) continue;
    yield Buffer.from(lines.join(''), 'latin1');
    lines = [];
    length = 0;
  }
}

function filler(size: number): string {
  const frame = JSON.stringify({ resourceType: 'Basic', id: 'last', language: '' }).length + 1;
  return `${JSON.stringify({ resourceType: 'Basic', id: 'last', language: 'x'.repeat(Math.max(0, size - frame)) })}\n`;
}

/** Not compressible to nothing, and different on each line. */
function noise(line: number): string {
  return createHash('sha512').update(String(line)).digest('base64').repeat(8);
}

export function sha256Of(chunks: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
