import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../harness/ask.ts';
import { aorta, haproxyOf, startController } from '../harness/controller.ts';
import { guardDirectory } from '../harness/guarded-directory.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { startProduct } from '../harness/product.ts';
import { promtool } from '../harness/promtool.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';

// Guards: metrics say what HAProxy does, in a form that Prometheus takes, and nobody else reads them.

const port = 8080;

function declarationOf(address: string, servers: Readonly<Record<string, Upstream>>): object {
  const pool = Object.entries(servers).map(([name, { address: at, port: on }]) => [
    name,
    { address: at, port: on },
  ]);
  return {
    aorta: 'v1',
    site: 'metrics',
    virtualServices: {
      plain: {
        listeners: [{ protocol: 'http', address, port }],
        maxConnections: 100,
        pool: {
          trustedSegment: 'loopback',
          servers: Object.fromEntries(pool) as object,
          healthCheck: { type: 'tcp', interval: '1s', fastInterval: '500ms', downInterval: '500ms' },
        },
      },
    },
  };
}

/** Writes the node file, before the controller is started. */
async function writeNodeFile(state: string, metrics: object): Promise<void> {
  await mkdir(state, { mode: 0o700, recursive: true });
  await writeFile(join(state, 'node.yaml'), JSON.stringify({ node: 'lb-a', metrics }));
}

/** The value of a sample; undefined when there is none. */
function valueOf(text: string, sample: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

test('metrics follow requests, a server that is stopped, a drain and a reload', async () => {
  const [one, two] = [await startUpstream(), await startUpstream()];
  const [front, metricsAt] = [loopbackAddress(), loopbackAddress()];
  const product = await startProduct(declarationOf(front, { one, two }), (directory) =>
    writeNodeFile(join(directory, 'state'), { address: metricsAt, from: ['127.0.0.0/8'] }),
  );
  const scrape = async () => (await ask(metricsAt, 7444, '/metrics')).body;
  const untilIt = (what: string, fits: (text: string) => boolean) =>
    until(what, async () => {
      const text = await scrape();
      return fits(text) ? text : undefined;
    });
  const server = (name: string) => `{service="plain",server="${name}"}`;
  try {
    const well = await untilIt(
      'both serve',
      (text) => valueOf(text, 'aorta_service_servers_serving{service="plain"}') === 2,
    );
    expect(valueOf(well, 'aorta_haproxy_up')).toBe(1);
    expect(valueOf(well, 'aorta_revision')).toBe(1);
    expect(await promtool(['check', 'metrics'], well)).toBeUndefined();

    for (let count = 0; count < 9; count += 1) await ask(front, port, '/Patient/4711?name=Doe');
    // A write takes a hop inside HAProxy, and is one request all the same.
    await ask(front, port, '/Patient', { method: 'POST', body: 'Doe' });
    expect((await ask(front, port, '/', { headers: { 'x-big': 'y'.repeat(70_000) } })).status).toBe(400);
    const busy = await untilIt(
      'the requests are counted',
      (text) => valueOf(text, 'aorta_service_answers_total{service="plain",class="2xx"}') === 10,
    );
    expect(valueOf(busy, 'aorta_service_requests_total{service="plain"}')).toBe(11);
    expect(valueOf(busy, 'aorta_service_answers_total{service="plain",class="4xx"}')).toBe(1);
    const given = ['one', 'two'].map(
      (name) => valueOf(busy, `aorta_server_requests_total${server(name)}`) ?? 0,
    );
    expect(given[0] ?? 0).toBeGreaterThan(0);
    expect((given[0] ?? 0) + (given[1] ?? 0)).toBe(10);
    // Two scrapes of one survey are the same to the byte.
    const survey = (text: string) => valueOf(text, 'aorta_survey_timestamp_seconds');
    const [before, after] = await until('two scrapes of one survey', async () => {
      const both = [await scrape(), await scrape()] as const;
      return survey(both[0]) === survey(both[1]) ? both : undefined;
    });
    expect(after).toBe(before);
    // Neither paths, nor addresses of clients or servers, nor where anything lies on disk.
    for (const private_ of ['Patient', 'Doe', '127.', product.directory])
      expect(busy).not.toContain(private_);

    await two.close();
    const down = await untilIt(
      'two is down',
      (text) => valueOf(text, `aorta_server_up${server('two')}`) === 0,
    );
    expect(valueOf(down, `aorta_server_up${server('one')}`)).toBe(1);
    expect(valueOf(down, 'aorta_service_servers_serving{service="plain"}')).toBe(1);
    expect(valueOf(down, 'aorta_service_servers_expected{service="plain"}')).toBe(2);

    await product.run('drain', 'two', '--reason', 'test');
    const drained = await untilIt(
      'two is drained',
      (text) => valueOf(text, `aorta_server_drained${server('two')}`) === 1,
    );
    expect(valueOf(drained, 'aorta_service_servers_expected{service="plain"}')).toBe(1);
    await product.run('enable', 'two');

    const changed = JSON.parse(JSON.stringify(declarationOf(front, { one, two }))) as {
      virtualServices: { plain: { maxConnections: number } };
    };
    changed.virtualServices.plain.maxConnections = 120;
    await writeFile(product.file, JSON.stringify(changed));
    const applied = await product.run('apply', product.file, '--guard', '0s', '--force');
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringMatching(/reload/) });
    const reloaded = await untilIt(
      'HAProxy is new',
      (text) => (valueOf(text, 'aorta_haproxy_reloads_total') ?? 0) > 0,
    );
    // A counter that begins anew is what Prometheus takes for a reset.
    expect(valueOf(reloaded, 'aorta_service_requests_total{service="plain"}')).toBe(0);
    expect(valueOf(reloaded, 'aorta_last_change_state{state="committed"}')).toBe(1);
    expect(await promtool(['check', 'metrics'], reloaded)).toBeUndefined();

    const printed = await product.run('metrics');
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(valueOf(printed.stdout, 'aorta_build_info{version="0.1.0"}')).toBe(1);
  } finally {
    await product.stop();
    await Promise.all([one.close(), two.close().catch(() => undefined)]);
  }
});

test('a HAProxy that hangs does not hang whoever reads metrics, who is told of it', async () => {
  const upstream = await startUpstream();
  const metricsAt = loopbackAddress();
  const product = await startProduct(declarationOf(loopbackAddress(), { one: upstream }), (directory) =>
    writeNodeFile(join(directory, 'state'), { address: metricsAt, from: ['127.0.0.0/8'] }),
  );
  const scrape = async () => (await ask(metricsAt, 7444, '/metrics')).body;
  const untilUp = (value: number) =>
    until(
      `HAProxy is told to be ${value}`,
      async () => (valueOf(await scrape(), 'aorta_haproxy_up') === value ? true : undefined),
      30_000,
    );
  try {
    await untilUp(1);
    const workers = await product.workerPids();
    for (const pid of workers) process.kill(pid, 'SIGSTOP');
    try {
      // It would be asked in vain for seconds.
      const began = performance.now();
      for (let count = 0; count < 20; count += 1) await scrape();
      expect(performance.now() - began).toBeLessThan(2_000);
      await untilUp(0);
      expect(await promtool(['check', 'metrics'], await scrape())).toBeUndefined();
    } finally {
      for (const pid of workers) process.kill(pid, 'SIGCONT');
    }
    await untilUp(1);
  } finally {
    await product.stop();
    await upstream.close();
  }
});

test('the listener ends with the controller, however it ends, and moves with the node file', async () => {
  const upstream = await startUpstream();
  const [first, second] = [loopbackAddress(), loopbackAddress()];
  const { directory, state, end } = await guardDirectory('aorta-');
  const file = join(directory, 'aorta.yaml');
  const refused = (address: string) =>
    expect(ask(address, 7444, '/metrics')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  const scraped = async (address: string) => (await ask(address, 7444, '/metrics')).status;
  try {
    await writeFile(file, JSON.stringify(declarationOf(loopbackAddress(), { one: upstream })));
    await writeNodeFile(state, { address: first, from: ['127.0.0.1'] });
    const killed = await startController(file, state);
    expect(await scraped(first)).toBe(200);
    killed.signal('SIGKILL');
    await killed.ended;
    await refused(first);
    expect(await haproxyOf(state)).toBeDefined();

    // The same place again at once, and HAProxy is taken over.
    const again = await startController(undefined, state);
    expect(await scraped(first)).toBe(200);
    again.signal('SIGTERM');
    await again.ended;
    await refused(first);

    await writeNodeFile(state, { address: second, from: ['127.0.0.1'] });
    const moved = await startController(undefined, state);
    await refused(first);
    expect(await scraped(second)).toBe(200);
    moved.signal('SIGTERM');
    await moved.ended;

    // A port that is taken refuses the start in words, and does not touch HAProxy.
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(7444, second, resolve));
    const before = await haproxyOf(state);
    const { code, stderr } = await aorta('up', '--state', state);
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(
      `address-taken: another program listens on ${second}:7444, where metrics are to`,
    );
    expect(stderr).toContain('write another port under `metrics` of the node file');
    expect(await haproxyOf(state)).toEqual(before);
  } finally {
    await end();
    await upstream.close();
  }
});
