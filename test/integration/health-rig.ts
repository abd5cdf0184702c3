import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { processorTime, systemClock } from '../../src/dataplane/system/clock.ts';
import { HealthWatch, type HealthWatchParts } from '../../src/health/health-watch.ts';
import type { Configuration, ConfiguredPool } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import { configuration, httpCheck, httpListener, server, service } from '../golden/configurations.ts';
import { CountingServer } from '../harness/counting-server.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import { createRuntimeRig, type RuntimeRig } from './runtime-rig.ts';

/** The check of the blueprint. */
export const cheapCheck = httpCheck('/health', {
  interval: duration('500ms'),
  fastInterval: duration('250ms'),
  downInterval: duration('1s'),
  timeout: duration('500ms'),
  fall: 2,
  rise: 10,
});

export const backend = 'live.servers';

export interface HealthRig extends RuntimeRig {
  /** Where the service is reached, port 80. */
  readonly at: string;
  readonly servers: readonly CountingServer[];
  readonly wanted: Configuration;
  readonly watch: HealthWatch;
  /** Ends the watch, as if the controller had died. */
  die(): Promise<void>;
}

/** A service in front of servers in processes of their own, with the watch over their health. */
export async function createHealthRig(
  pool: Partial<ConfiguredPool> = {},
  parts: Partial<HealthWatchParts> = {},
  count = 2,
): Promise<HealthRig> {
  const rig = await createRuntimeRig();
  const directory = await mkdtemp(join(tmpdir(), 'aorta-servers-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const servers: CountingServer[] = [];
  for (let n = 1; n <= count; n += 1) {
    const one = new CountingServer(join(directory, `api-${n}`));
    onTestFinished(() => one.kill());
    await one.start();
    servers.push(one);
  }
  const at = loopbackAddress();
  const wanted = configuration([
    service('live', [httpListener(at, 80)], {
      servers: servers.map(({ address, port }, index) => server(`api-${index + 1}`, address, port)),
      balance: 'roundrobin',
      healthCheck: cheapCheck,
      ...pool,
    }),
  ]);
  const ir = await rig.bring(wanted);
  const watch = new HealthWatch({
    processorTime,
    port: rig.dataPlane.health,
    clock: systemClock,
    inService: () => ({ configuration: wanted, ir }),
    busy: () => false,
    settling: () => false,
    servers: (backends) => rig.dataPlane.serversIn(backends),
    lastState: () => undefined,
    wishWeight: async () => undefined,
    ...parts,
  });
  let dead: Promise<void> | undefined;
  const die = () => {
    dead ??= watch.end();
    return dead;
  };
  onTestFinished(die);
  watch.begin();
  await until('all servers were checked', async () => {
    const state = await rig.dataPlane.serversIn([backend]);
    return state?.every(({ check }) => check?.result === 'L7OK') ? true : undefined;
  });
  return { ...rig, at, servers, wanted, watch, die };
}

/** Waits until a server is in this state, and gives back how long that took, in milliseconds. */
export async function becomes(
  rig: RuntimeRig,
  one: string,
  wanted: 'up' | 'down',
  limit = 10_000,
): Promise<number> {
  const begin = performance.now();
  await until(
    `${one} is ${wanted}`,
    async () => {
      const state = await rig.dataPlane.serversIn([backend]);
      const found = state?.find(({ name }) => name === one)?.operational;
      const up = found === 'up' || found === 'going-down';
      return found !== undefined && up === (wanted === 'up') ? true : undefined;
    },
    limit,
  );
  return Math.round(performance.now() - begin);
}
