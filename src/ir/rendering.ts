import type { Path } from '../kernel/path.ts';
import type { Secret } from '../kernel/secret.ts';

/** Bytes for one generation directory, and the way back from each line of haproxy.cfg to the declaration. */
export interface Rendering {
  /** Sorted by path. */
  readonly files: readonly RenderedFile[];
  /**
   * SHA-256 over all paths and contents with the place of the digest itself left empty. Equal digests mean
   * equal behaviour; the running HAProxy answers with it on its identity socket.
   */
  readonly digest: string;
  /** For each line of haproxy.cfg (index 0 is line 1) where it came from; undefined for lines of the engine itself. */
  readonly sourceMap: readonly (Path | undefined)[];
}

export interface RenderedFile {
  /** Relative to the generation directory, with forward slashes. */
  readonly path: string;
  /** A Secret when the file holds a private key: it is written with mode 0600 and never printed. */
  readonly content: string | Secret;
}

/** The text of one file; empty when there is none, or when it is secret. */
export function textOf({ files }: Rendering, path: string): string {
  const content = files.find((file) => file.path === path)?.content;
  return typeof content === 'string' ? content : '';
}
