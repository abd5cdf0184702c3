import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { noServerState } from '../../src/dataplane/haproxy/server-state.ts';
import type { Rendering } from '../../src/ir/rendering.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { runtimeIn } from '../../src/model/node-fixture.ts';
import { until } from './until.ts';

/** A real HAProxy that runs one rendering in a directory of its own. */
export interface RunningHaproxy {
  readonly directory: string;
  readonly pid: number;
  readonly rendering: Rendering;
  /** The digest that the running process answers with. */
  identity(): Promise<string>;
  /** Sends one command to the runtime API and gives the answer. */
  command(text: string): Promise<string>;
  /** What was written to the access log so far, one raw line each. */
  logLines(): Promise<string[]>;
  /** What was written to standard error so far. */
  messages(): Promise<string>;
}

/** HAProxy to test with: `AORTA_TEST_HAPROXY` names another one than that of the PATH. */
const binary = process.env['AORTA_TEST_HAPROXY'] ?? 'haproxy';

/**
 * Runs a rendering under real HAProxy and hands it to `use`. Afterwards the process and its directory are
 * gone, whatever happened.
 *
 * @param render makes the rendering for the sockets and files of this run
 */
export async function withHaproxy<T>(
  render: (node: NodeFacts) => Rendering,
  use: (haproxy: RunningHaproxy) => Promise<T>,
): Promise<T> {
  return withDirectory(async (directory) => {
    const runtime = runtimeIn(directory);
    await writeFile(runtime.serverStateFile, noServerState);
    const rendering = render({ runtime });
    await writeRendering(rendering, directory);
    const out = await open(join(directory, 'stdout'), 'w');
    const err = await open(join(directory, 'stderr'), 'w');
    const child = spawn(binary, ['-db', '-f', 'haproxy.cfg'], {
      cwd: directory,
      stdio: ['ignore', out.fd, err.fd],
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    failed.catch(() => undefined);
    try {
      const messages = () => readFile(join(directory, 'stderr'), 'utf8');
      const identity = async () => (await askHttp(runtime.identitySocket)) ?? '';
      const ready = until('HAProxy answers on its identity socket', async () => {
        if (child.exitCode !== null) throw new Error(`HAProxy did not start:\n${await messages()}`);
        return askHttp(runtime.identitySocket);
      });
      await Promise.race([ready, failed]);
      return await use({
        directory,
        pid: child.pid ?? 0,
        rendering,
        identity,
        messages,
        command: (text) => askSocket(runtime.adminSocket, `${text}\n`),
        logLines: async () =>
          (await readFile(join(directory, 'stdout'), 'utf8')).split('\n').filter((line) => line !== ''),
      });
    } finally {
      if (child.exitCode === null && child.pid !== undefined) {
        child.kill('SIGKILL');
        await ended;
      }
      await out.close();
      await err.close();
    }
  });
}

/** What `haproxy -c` says about a rendering. */
export async function checkRendering(
  rendering: Rendering,
  program: string = binary,
): Promise<{ ok: boolean; output: string }> {
  return withDirectory(async (directory) => {
    await writeRendering(rendering, directory);
    try {
      const { stdout, stderr } = await promisify(execFile)(program, [
        '-c',
        '-f',
        join(directory, 'haproxy.cfg'),
      ]);
      return { ok: true, output: stdout + stderr };
    } catch (error) {
      const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
      return { ok: false, output: `${stdout ?? ''}${stderr ?? message}` };
    }
  });
}

/** Writes the files of a rendering; those that hold secrets for their owner only. */
export async function writeRendering(rendering: Rendering, directory: string): Promise<void> {
  for (const { path, content } of rendering.files) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === 'string') await writeFile(file, content);
    else await writeFile(file, content.reveal(), { mode: 0o600 });
  }
}

/** A directory that is gone afterwards. Its path is short, because the path of a socket must be. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The body of `GET /` over a unix socket; undefined while nobody answers. */
export async function askHttp(path: string): Promise<string | undefined> {
  try {
    const answer = await askSocket(path, 'GET / HTTP/1.0\r\n\r\n');
    return answer.startsWith('HTTP/1') ? answer.slice(answer.indexOf('\r\n\r\n') + 4) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a text to a unix socket, and gives back what is said until the other side closes it. */
export function askSocket(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const parts: Buffer[] = [];
    socket.once('error', reject);
    socket.on('data', (part) => parts.push(part));
    socket.once('end', () => resolve(Buffer.concat(parts).toString()));
    socket.write(text);
  });
}
