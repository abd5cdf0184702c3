import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CountedLoad, type LoadCount } from '../harness/counted-load.ts';
import { CountingServer } from '../harness/counting-server.ts';
import { startThinFront, type ThinFront } from '../harness/thin-front.ts';
import { until } from '../harness/until.ts';

const clients = 20;
let directory: string;
let one: CountingServer;
let two: CountingServer;
let front: ThinFront;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aorta-load-'));
  one = new CountingServer(join(directory, 'one'));
  two = new CountingServer(join(directory, 'two'));
  await Promise.all([one.start(), two.start()]);
  front = await startThinFront({
    servers: { one, two },
    pool: {
      // As the blueprint has it, only quicker.
      passiveCheck: { errorLimit: 3 },
      healthCheck: {
        type: 'http',
        interval: '500ms',
        fastInterval: '200ms',
        downInterval: '100ms',
        timeout: '500ms',
        rise: 2,
      },
      retry: { safeMethodsOn: ['empty-response', '503', 'response-timeout'] },
    },
    service: { timeouts: { server: '2s' } },
  });
});
afterAll(async () => {
  await front?.product.stop();
  await Promise.all([one.kill(), two.kill()]);
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() =>
  until('both servers are up', async () => ((await upServers()) === 2 ? true : undefined), 20_000),
);

test('a server is killed: no GET fails, no POST is carried out twice, the service goes on', async () => {
  const load = new CountedLoad(front.end, clients);
  await load.more(300);
  const inFlight = load.inFlight('POST');
  await one.kill();
  await load.more(1_000);
  await one.start();
  await until('the server is back', async () => ((await upServers()) === 2 ? true : undefined));
  await load.more(300);
  const count = await load.stop();
  console.log(
    `killed (${inFlight} POSTs in flight): ${words(count)}, carried out twice: ${(await twice('POST')).length}`,
  );
  expect(count.GET.failed).toEqual([]);
  expect(await twice('POST')).toEqual([]);
  // Each client has one request in flight, and only what was in flight may fail.
  expect(count.POST.failed.length).toBeLessThanOrEqual(clients);
  expect(count.POST.failed.filter((outcome) => outcome !== 502)).toEqual([]);
});

test('a server freezes: its requests end in time, new ones go to the other', async () => {
  const load = new CountedLoad(front.end, clients);
  await load.more(300);
  one.signal('SIGSTOP');
  let noticed: number;
  try {
    await until(
      'the frozen server is out',
      async () => ((await upServers()) === 1 ? true : undefined),
      10_000,
    );
    noticed = performance.now();
    await load.more(500);
  } finally {
    one.signal('SIGCONT');
  }
  await until('the server is back', async () => ((await upServers()) === 2 ? true : undefined));
  await load.more(300);
  const count = await load.stop();
  const late = load.requests.filter(({ at, took = 0 }) => at > noticed && took > 1_500);
  console.log(`frozen: ${words(count)}, carried out twice: ${(await twice('POST')).length}`);
  expect(count.GET.failed).toEqual([]);
  expect(await twice('POST')).toEqual([]);
  expect(count.POST.failed.length).toBeLessThanOrEqual(clients);
  expect(late).toEqual([]);
});

test('all servers are killed: the sorry answer at once, and the service returns by itself', async () => {
  const load = new CountedLoad(front.end, clients);
  await load.more(300);
  await Promise.all([one.kill(), two.kill()]);
  await until('the sorry answer', () =>
    load.requests.some(({ outcome }) => outcome === 503) ? true : undefined,
  );
  await until('all servers are out', async () => ((await upServers()) === 0 ? true : undefined));
  const from = performance.now();
  await until('100 sorry answers', () =>
    load.requests.filter(({ at, outcome }) => at > from && outcome === 503).length > 100 ? true : undefined,
  );
  const during = load.requests.filter(({ at, outcome }) => at > from && outcome !== undefined);
  await Promise.all([one.start(), two.start()]);
  await load.more(300);
  const count = await load.stop();
  console.log(`all killed: ${words(count)}, carried out twice: ${(await twice('POST')).length}`);
  expect(new Set(during.map(({ outcome }) => outcome))).toEqual(new Set([503]));
  // Live traffic takes out half of a pool at most, so that on a busy machine one dead server may be tried until its own
  // check has failed: three attempts, a second apart.
  const times = during.map(({ took = 0 }) => took).sort((a, b) => a - b);
  expect(times[Math.floor(times.length / 2)]).toBeLessThan(1_000);
  expect(times.at(-1)).toBeLessThan(4_000);
  expect(await twice('POST')).toEqual([]);
});

test('five changes are applied under load without losing a request', async () => {
  const load = new CountedLoad(front.end, clients);
  await load.more(300);
  const { thin } = front.declaration.virtualServices;
  for (let round = 1; round <= 5; round += 1) {
    const changed = {
      ...thin,
      hsts: { maxAge: `${round}d` },
      pool: { ...Object(thin['pool']), balance: round % 2 === 0 ? 'leastconn' : 'roundrobin' },
    };
    await writeFile(
      front.product.file,
      JSON.stringify({ ...front.declaration, virtualServices: { thin: changed } }),
    );
    const answer = await front.product.run('apply', front.product.file, '--json', '--guard', '0s');
    expect(JSON.parse(answer.stdout)).toMatchObject({ outcome: 'applied', how: 'reloaded' });
    await load.more(200);
  }
  const count = await load.stop();
  console.log(`5 changes: ${words(count)}, carried out twice: ${(await twice('POST')).length}`);
  expect(count).toMatchObject({ GET: { failed: [] }, POST: { failed: [] } });
  expect(await twice('POST')).toEqual([]);
});

function words(count: LoadCount): string {
  return (['GET', 'POST'] as const)
    .map((method) => {
      const { sent, failed, slowest } = count[method];
      return `${method} ${sent} sent, ${failed.length} failed${failed.length > 0 ? ` (${[...new Set(failed)].join(', ')})` : ''}, slowest ${slowest} ms`;
    })
    .join('; ');
}

async function twice(method: string): Promise<string[]> {
  const seen = new Set<string>();
  const all = [...(await one.carriedOut()), ...(await two.carriedOut())];
  return all.filter((line) => line.startsWith(method) && (seen.has(line) || !seen.add(line)));
}

async function upServers(): Promise<number> {
  const { stdout } = await front.product.run('status', '--json');
  const { services } = JSON.parse(stdout) as { services: { servers: { state: string }[] }[] };
  return services.flatMap(({ servers }) => servers).filter(({ state }) => state === 'up').length;
}
