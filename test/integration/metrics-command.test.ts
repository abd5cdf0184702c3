import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../harness/command-line.ts';
import { loopbackEndpoints } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';
import { type ServedNode, serveNode } from '../harness/served-node.ts';

const text = '# TYPE aorta_drift_items gauge\naorta_drift_items 0\n';

describe('of this machine', () => {
  let served: ServedController;
  afterEach(() => served.end());

  test('the command prints what the controller says, to the byte', async () => {
    served = await serveController({ metrics: async () => Buffer.from(text) });
    expect(await commandLine(['metrics'], served)).toEqual({ code: 0, out: text, err: '' });
  });

  test('a bug is told as one, not printed as metrics', async () => {
    served = await serveController({ metrics: () => Promise.reject(new Error('oops')) });
    const said = await commandLine(['metrics'], served);
    expect(said).toMatchObject({ code: 1, out: '', err: expect.stringContaining('controller-bug') });
    expect(served.bugs).toEqual([new Error('oops')]);
  });
});

describe('of nodes', () => {
  const endpoints = loopbackEndpoints(['lb-a', 'lb-b']);
  let pair: TestPair;
  let node: ServedNode;
  beforeAll(async () => {
    pair = await makeTestPair(endpoints);
    const metrics = async () => Buffer.from(`${text}aorta_node_info{node="lb-b"} 1\n`);
    node = await serveNode(await pair.keysOf('lb-b'), { metrics }, endpoints['lb-b']);
  });
  afterAll(async () => {
    await node.close();
    await pair.end();
  });

  const aorta = (...words: readonly string[]) =>
    commandLine(['metrics', ...words, '--keys', pair.directory], { socket: '/nowhere', now: Date.now });

  test('one that is named is asked over the network', async () => {
    expect(await aorta('--node', 'lb-b')).toMatchObject({
      code: 0,
      out: expect.stringContaining('{node="lb-b"}'),
    });
  });

  test('one at a time: the text of two is not what Prometheus reads', async () => {
    const said = await aorta('--node', 'lb-a', '--node', 'lb-b');
    expect(said).toMatchObject({ code: 2, out: '', err: expect.stringContaining('one node at a time') });
  });
});
