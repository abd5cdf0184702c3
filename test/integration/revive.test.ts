import { expect, test } from 'vitest';
import { ask } from '../harness/ask.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { startProduct } from '../harness/product.ts';
import { until } from '../harness/until.ts';
import { startUpstream } from '../harness/upstream.ts';

// Guards: a controller that stood beside a dead HAProxy and left the service down until somebody came.
test('HAProxy that is killed comes back by itself, on the configuration in service', async () => {
  const upstream = await startUpstream();
  const address = loopbackAddress();
  const product = await startProduct({
    aorta: 'v1',
    site: 'revive',
    virtualServices: {
      plain: {
        listeners: [{ protocol: 'http', address, port: 8080 }],
        maxConnections: 100,
        pool: {
          trustedSegment: 'loopback',
          servers: { one: { address: upstream.address, port: upstream.port } },
        },
      },
    },
  });
  try {
    expect((await ask(address, 8080, '/')).status).toBe(200);
    const before = await product.haproxyPid();
    for (const pid of [before, ...(await product.workerPids())]) process.kill(pid, 'SIGKILL');

    const answer = await until('the service answers again', () =>
      ask(address, 8080, '/').catch(() => undefined),
    );

    expect(answer.status).toBe(200);
    expect(await product.haproxyPid()).not.toBe(before);
    await until('the controller says so', () =>
      product.output().stderr.includes('it was started again') ? true : undefined,
    );
  } finally {
    await product.stop();
    await upstream.close();
  }
});
