import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Makes the interfaces, in the order of its arguments after the first, and lets keepalived read the file of the first. */
const inside = [
  'set -e',
  'file=$1',
  'shift',
  'number=0',
  'for name in "$@"; do',
  '  number=$((number + 1))',
  '  ip link add dev "$name" type veth peer name "end$number"',
  '  ip link set dev "$name" up',
  '  ip link set dev "end$number" up',
  'done',
  'keepalived --config-test --use-file "$file" 2>&1',
].join('\n');

/**
 * Lets the installed keepalived read a file, in a network that has nothing but these interfaces and is gone with it: it
 * refuses a file for an interface that does not exist, and would then not look at all of the rest.
 */
export async function checkKeepalived(
  content: string,
  interfaces: readonly string[],
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-keepalived-'));
  try {
    const file = join(directory, 'keepalived.conf');
    await writeFile(file, content);
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const words = [...user, '--net', 'sh', '-c', inside, 'sh', file, ...interfaces];
    const child = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { ok: code === 0, output };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
