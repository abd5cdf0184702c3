import { expect, test } from 'vitest';
import { CountedLoad } from '../harness/counted-load.ts';
import { until } from '../harness/until.ts';
import { becomes, createHealthRig, type HealthRig } from './health-rig.ts';

/** Requests that were carried out more than once. */
async function twice({ servers }: HealthRig): Promise<string[]> {
  const all = (await Promise.all(servers.map((one) => one.carriedOut()))).flat();
  return all.filter((one, index) => one.startsWith('POST') && all.indexOf(one) !== index);
}

// Guards: clients of a server that hangs waited for the server time-out, minutes long.
test('a server that hangs costs no read, and no write more than a few seconds', async () => {
  const rig = await createHealthRig();
  const [hung] = rig.servers;
  const load = new CountedLoad({ address: rig.at, port: 80, hostname: rig.at }, 20);
  await load.more(100);
  hung?.signal('SIGSTOP');
  await becomes(rig, 'api-1', 'down');
  await load.more(200);
  await until(
    'nothing waits any more',
    () =>
      load.requests.some(({ outcome, at }) => outcome === undefined && performance.now() - at > 1_000)
        ? undefined
        : true,
    20_000,
  );
  hung?.signal('SIGCONT');
  const count = await load.stop();
  console.log(
    `hang: GET ${count.GET.sent}, failed ${count.GET.failed.length}, slowest ${count.GET.slowest} ms; ` +
      `POST ${count.POST.sent}, failed ${count.POST.failed.length} (${[...new Set(count.POST.failed)].join(', ')}), slowest ${count.POST.slowest} ms`,
  );
  expect(count.GET.failed).toEqual([]);
  expect(count.POST.failed.length).toBeGreaterThan(0);
  // 3.5 s on a quiet machine; far below the server time-out of 30 s on any.
  expect(count.POST.slowest).toBeLessThan(6_000);
  expect(await twice(rig)).toEqual([]);
}, 60_000);
