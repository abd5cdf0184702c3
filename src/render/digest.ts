import type { RenderedFile } from '../ir/rendering.ts';
import { sha256 } from '../kernel/digest.ts';

/**
 * One digest for a whole generation. Paths and contents are hashed one by one first, so that no
 * content can pretend to be the beginning of another file.
 */
export function digestOf(files: readonly RenderedFile[]): string {
  return sha256(
    files
      .map(
        ({ path, content }) =>
          `${sha256(path)} ${sha256(typeof content === 'string' ? content : content.reveal())}\n`,
      )
      .join(''),
  );
}
