import { dirname, join } from 'node:path';
import type { Rendering } from '../../ir/rendering.ts';
import { Secret } from '../../kernel/secret.ts';
import { privateDirectory, replaceFile } from '../system/files.ts';

/** Writes a rendering to a directory of the operator's choice, over what an earlier one left there. */
export async function writeRendering({ files }: Rendering, directory: string): Promise<void> {
  for (const { path, content } of files) {
    const target = join(directory, path);
    await privateDirectory(dirname(target));
    if (content instanceof Secret) await replaceFile(target, content.reveal(), 0o600);
    else await replaceFile(target, content, 0o644);
  }
}
