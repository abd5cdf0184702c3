import { afterEach, expect, test } from 'vitest';
import { commandLine } from '../harness/command-line.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';

let served: ServedController;
afterEach(() => served.end());

const text = '# TYPE aorta_drift_items gauge\naorta_drift_items 0\n';

const aorta = (...words: readonly string[]) => commandLine(words, { socket: served.socket });

test('the command prints what the controller says, to the byte', async () => {
  served = await serveController({ metrics: async () => Buffer.from(text) });
  expect(await aorta('metrics')).toEqual({ code: 0, out: text, err: '' });
});

test('one node at a time: the text of two is not what Prometheus reads', async () => {
  served = await serveController({ metrics: async () => Buffer.from(text) });
  const both = ['--node', '127.0.0.1:1', '--node', '127.0.0.1:2'];
  // The keys are read first, and there are none here.
  expect(await aorta('metrics', ...both)).toMatchObject({ code: 2, out: '' });
});

test('a bug is told as one, not printed as metrics', async () => {
  served = await serveController({ metrics: () => Promise.reject(new Error('oops')) });
  expect(await aorta('metrics')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('controller-bug'),
  });
  expect(served.bugs).toEqual([new Error('oops')]);
});
