import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Bug } from '../../kernel/bug.ts';
import { Secret } from '../../kernel/secret.ts';
import { command, commands } from './runtime-socket.ts';

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
    error: { nobody: false, refused: true, what: 'HAProxy refused: No such server.' },
  });
});

test('silence ends with the time limit', async () => {
  const { path } = await answering(undefined);
  expect(await command(path, ['show', 'stat'], { timeLimit: 50 })).toMatchObject({
    ok: false,
    error: { nobody: false },
  });
});

test('a missing socket is told from a failing one', async () => {
  expect(await command('/nonexistent/socket', ['show', 'stat'])).toMatchObject({
    ok: false,
    error: { nobody: true },
  });
});

test.each([
  ['\n[6]: New version created: 1\n\n', 'New version created: 1\n'],
  ['\n[4]: nothing changed\n\n', 'nothing changed\n'],
  // HAProxy 2.6 forgets the empty line here.
  ['\n[6]: Server deleted.\n', 'Server deleted.\n'],
  ['\n\n', ''],
])('notices are answers: %j', async (text, value) => {
  const { path } = await answering(text);
  expect(await command(path, ['x'])).toEqual({ ok: true, value });
});

test('the experimental mode is asked for on the same line', async () => {
  const { path, questions } = await answering('\n\n\n');
  expect(await command(path, ['set', 'var'], { experimental: true })).toEqual({ ok: true, value: '' });
  expect(questions).toEqual(['set severity-output number;experimental-mode on;set var\n']);
});

test('a refused experimental mode is an error', async () => {
  const { path } = await answering('\n[3]: Permission denied\n\n');
  expect(await command(path, ['x'], { experimental: true })).toMatchObject({
    error: { what: 'HAProxy refused: Permission denied' },
  });
});

test('a payload ends with one empty line', async () => {
  const { path, questions } = await answering('\n[5]: done\n\n');
  await command(path, ['set', 'ssl', 'cert', 'a'], { payload: new Secret('one\ntwo\n') });
  expect(questions).toEqual(['set severity-output number;set ssl cert a <<\none\ntwo\n\n']);
});

test.each(['', 'a\n\nshow info', '\na', 'a\u0000', 'a\r\nb', 'a\n\n'])(
  'refuses the payload %j without showing it',
  async (payload) => {
    const { path, questions } = await answering('\n\n');
    const refusal = await command(path, ['x'], { payload }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Bug);
    expect(String(refusal)).toBe('Bug: a payload of a command with an empty line or a control character');
    expect(questions).toEqual([]);
  },
);

test('an error that quotes the payload is not passed on', async () => {
  const { path } = await answering('\n[3]: Unknown command: topsecret\n\n');
  expect(await command(path, ['x'], { payload: 'first\ntopsecret' })).toEqual({
    ok: false,
    error: { nobody: false, refused: true, what: 'HAProxy refused it' },
  });
});

test('a payload longer than HAProxy can take is not sent', async () => {
  const { path, questions } = await answering('\n\n');
  expect(await command(path, ['x'], { payload: 'x'.repeat(20_000) })).toMatchObject({
    error: { nobody: false, what: 'it is too long for the runtime socket' },
  });
  expect(questions).toEqual([]);
});

test('many commands give their answers one by one', async () => {
  const { path, questions } = await answering('\na\nb\n\n\nc\n\n');
  expect(await commands(path, [['x'], ['y'], ['z']])).toEqual({ ok: true, value: ['a\nb\n', '', 'c\n'] });
  expect(questions).toEqual(['set severity-output number;x;y;z\n']);
});

test.each(['\n\n', '\n\n\n\n\n', '\n\na', ''])(
  'one answer too few, too many or cut off: %j',
  async (text) => {
    const { path } = await answering(text);
    expect(await commands(path, [['x'], ['y']])).toMatchObject({ ok: false, error: { nobody: false } });
  },
);

test('one refusal among many commands is found', async () => {
  const { path } = await answering('\n\n[3]: No such server.\n\n');
  expect(await commands(path, [['x'], ['y']])).toMatchObject({
    error: { what: 'HAProxy refused: No such server.' },
  });
});

test('more commands than one line should hold go over several connections', async () => {
  const { path, questions } = await answering('\n\n');
  const long = Array.from({ length: 3 }, () => ['x'.repeat(9_000)]);
  expect(await commands(path, long)).toEqual({ ok: true, value: ['', '', ''] });
  expect(questions).toHaveLength(3);
});

test('gives the answer without the frame, and asks for numeric severities', async () => {
  const { path, questions } = await answering('\n1\n# a b\n\n');
  expect(await command(path, ['show', 'servers', 'state'])).toEqual({ ok: true, value: '1\n# a b\n' });
  expect(questions).toEqual(['set severity-output number;show servers state\n']);
});
