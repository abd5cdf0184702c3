import type { RenderedFile } from '../ir/rendering.ts';
import { sha256 } from '../kernel/digest.ts';
import { remembered } from '../kernel/remembered.ts';

/**
 * One digest for a whole generation. Paths and contents are hashed one by one first, so that no
 * content can pretend to be the beginning of another file.
 */
export function digestOf(files: readonly RenderedFile[]): string {
  return sha256(files.map(lineOf).join(''));
}

const lineOf = remembered(
  ({ path, content }: RenderedFile) =>
    `${sha256(path)} ${sha256(typeof content === 'string' ? content : content.reveal())}\n`,
);
