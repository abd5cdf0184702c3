import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { exchange, type Pace, Space } from './exchange.ts';

const megabyte = 'x'.repeat(1024 * 1024);

/** Asks for a megabyte while no time passes by itself. @returns the answer, and how often the reader rested */
async function ask(pace: Pace, atFirstRest: (answering: Socket) => Promise<void> = async () => undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-test-'));
  const path = join(directory, 's');
  let answering: Socket | undefined;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    answering = socket;
    socket.on('data', () => undefined).on('end', () => socket.end(megabyte));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  let rests = 0;
  let isOver = false;
  const asked = exchange(path, 'show stat\n', 5_000, pace).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    // The time limit is the other timer.
    if (vi.getTimerCount() > 1) {
      if (rests === 0 && answering !== undefined) await atFirstRest(answering);
      rests += 1;
      vi.advanceTimersToNextTimer();
    }
    await turn();
  }
  return { answer: await asked, rests };
}

test('who is in no hurry reads in gulps, and in between nothing is taken', async () => {
  const { answer, rests } = await ask('patiently', async (answering) => {
    for (let count = 0; count < 20; count += 1) await turn();
    const left = answering.writableLength;
    expect(left).toBeGreaterThan(0);
    for (let count = 0; count < 50; count += 1) await turn();
    expect(answering.writableLength).toBe(left);
  });
  expect(answer).toEqual({ kind: 'answer', bytes: Buffer.from(megabyte) });
  expect(rests).toBeGreaterThanOrEqual(8);
});

test('who waits does not rest', async () => {
  expect(await ask('at-once')).toEqual({
    answer: { kind: 'answer', bytes: Buffer.from(megabyte) },
    rests: 0,
  });
});

/** A socket that answers a question such as `x3000` with so many of that letter. */
async function repeating(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-test-'));
  const path = join(directory, 's');
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.once('data', (question) => socket.end(repeated(String(question))));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return path;
}

function repeated(question: string): string {
  return (question[0] ?? '').repeat(Number(question.slice(1)));
}

test('answers that come at the same time are not mixed', async () => {
  const path = await repeating();
  const questions = ['a300000', 'b200000', 'c5', 'd400000'];
  const answers = await Promise.all(questions.map((one) => exchange(path, one, 5_000, 'at-once')));
  expect(answers.map((answer) => answer.kind === 'answer' && String(answer.bytes))).toEqual(
    questions.map(repeated),
  );
});

test('in the same space nothing is left of an answer before, longer or shorter', async () => {
  const [path, space] = [await repeating(), new Space()];
  for (const question of ['a70000', 'b5', 'c300000', 'd200000', 'e0']) {
    const answer = await exchange(path, question, 5_000, 'patiently', space);
    expect(answer.kind === 'answer' && String(answer.bytes)).toBe(repeated(question));
  }
});
