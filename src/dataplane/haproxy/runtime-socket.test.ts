import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Bug } from '../../kernel/bug.ts';
import { command } from './runtime-socket.ts';

/** A socket that answers every question with the same text, or never. */
async function answering(text: string | undefined): Promise<{ path: string; questions: string[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-test-'));
  const path = join(directory, 's');
  const questions: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (chunk) => questions.push(String(chunk)));
    socket.on('end', () => text !== undefined && socket.end(text));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { path, questions };
}

test.each(['a;b', 'a b', 'a\nb', '', 'a\\', '<<', 'a\u0000', 'a\u007f', 'ä'])(
  'refuses the word %j',
  async (word) => {
    const { path, questions } = await answering('\nx\n\n');
    await expect(command(path, ['show', word])).rejects.toBeInstanceOf(Bug);
    expect(questions).toEqual([]);
  },
);

test.each(['', '\n', '\npart of an ans', 'without the first line\n\n'])(
  'a cut off answer is an error: %j',
  async (text) => {
    const { path } = await answering(text);
    expect(await command(path, ['show', 'stat'])).toMatchObject({ ok: false, error: { nobody: false } });
  },
);

test('an answer with a severity is an error', async () => {
  const { path } = await answering('\n[3]: No such server.\n\n');
  expect(await command(path, ['set', 'server', 'a/b', 'state', 'drain'])).toEqual({
    ok: false,
    error: { nobody: false, what: 'HAProxy refused: No such server.' },
  });
});

test('silence ends with the time limit', async () => {
  const { path } = await answering(undefined);
  expect(await command(path, ['show', 'stat'], 50)).toMatchObject({ ok: false, error: { nobody: false } });
});

test('a missing socket is told from a failing one', async () => {
  expect(await command('/nonexistent/socket', ['show', 'stat'])).toMatchObject({
    ok: false,
    error: { nobody: true },
  });
});

test('gives the answer without the frame, and asks for numeric severities', async () => {
  const { path, questions } = await answering('\n1\n# a b\n\n');
  expect(await command(path, ['show', 'servers', 'state'])).toEqual({ ok: true, value: '1\n# a b\n' });
  expect(questions).toEqual(['set severity-output number;show servers state\n']);
});
