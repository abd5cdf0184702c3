import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Lets the installed BIRD read a file without running it. Nothing of it is said when it is good. */
export async function checkBird(
  content: string,
): Promise<{ readonly code: number; readonly output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-bird-'));
  try {
    const file = join(directory, 'bird.conf');
    await writeFile(file, content);
    const child = spawn('bird', ['-p', '-c', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [said, wrong, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: Number(code), output: said + wrong };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
