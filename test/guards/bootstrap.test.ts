import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { whileLocked } from '../../scripts/bootstrap/lock.mjs';
import { root } from '../../scripts/source-files.ts';

const bootstrap = join(root, 'scripts/bootstrap.mjs');
const program = join(import.meta.dirname, 'fixtures/bootstrap/signals.ts');
const waitMs = 15_000;

const started: ChildProcess[] = [];
afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      // The whole group: a failed test may leave the program behind as well.
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
});

/** A started command, and the text it has written so far. */
function start(command: string, args: string[]) {
  // A session of its own: no terminal, and no other process in its group.
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  started.push(child);
  const output = { text: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.text += text;
  });
  const says = async (words: RegExp) => {
    const deadline = AbortSignal.timeout(waitMs);
    while (!words.test(output.text)) await once(child.stdout, 'data', { signal: deadline });
    return words.exec(output.text);
  };
  return { child, output, says };
}

test('arguments, signals and exit code pass through', async () => {
  const { child, output, says } = start(process.execPath, [bootstrap, 'run', program, '--x', 'y']);
  await says(/ready \d+ --x,y\n/);
  child.kill('SIGINT');
  await says(/got SIGINT/);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(7);
  expect(output.text.match(/got \w+/g)).toEqual(['got SIGINT', 'got SIGTERM']);
});

test('a program that dies of a signal takes the set-up with it', async () => {
  const { child, says } = start(process.execPath, [bootstrap, 'run', program]);
  const ready = await says(/ready (\d+)/);
  process.kill(Number(ready?.[1]), 'SIGKILL');
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
});

test('Ctrl-C on a terminal reaches the program once', async () => {
  // Without "exec" the shell (whichever $SHELL names) stays between, and dies of the Ctrl-C with its own exit code.
  const command = `exec '${process.execPath}' '${bootstrap}' run '${program}'`;
  const { child, output, says } = start('script', ['--quiet', '--return', '--command', command, '/dev/null']);
  const ready = await says(/ready (\d+)/);
  child.stdin.write('\x03');
  await says(/got SIGINT/);
  process.kill(Number(ready?.[1]), 'SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(7);
  expect(output.text.match(/got SIGINT/g)).toHaveLength(1);
});

test('an unknown purpose is refused', () => {
  const { status, stderr } = spawnSync(process.execPath, [bootstrap, 'nonsense'], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('<run|lab|test|bench>');
});

test('a lock lets one in at a time and is free after a failure', async () => {
  const name = `aorta-test:${process.pid}`;
  let inside = 0;
  let most = 0;
  const visit = () =>
    whileLocked(name, 'the other test', async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    });
  const fails = whileLocked(name, 'the other test', () => Promise.reject(new Error('on purpose')));
  await expect(fails).rejects.toThrow('on purpose');
  await Promise.all([visit(), visit(), visit(), visit()]);
  expect(most).toBe(1);
});
