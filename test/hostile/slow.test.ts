import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CountingClient } from '../harness/counting-client.ts';
import { CountingServer } from '../harness/counting-server.ts';
import { sentence } from '../harness/counting-verdict.ts';
import { withDirectory } from '../harness/haproxy.ts';
import { until } from '../harness/until.ts';
import { type Front, withFront } from './front.ts';

const connections = 2_000;
/** Seconds that the connections try to stay; our time limits are shorter. */
const length = 15;

/** What keeps a connection busy, as slowhttptest calls it. */
const modes = [
  ['headers that drip', ['-H', '-i', '2', '-x', '24']],
  ['bodies that drip', ['-B', '-s', '8192', '-i', '2', '-x', '10']],
  ['ranges', ['-R', '-a', '5', '-b', '1500']],
  ['answers that are read slowly', ['-X', '-k', '3', '-n', '1', '-w', '256', '-y', '512', '-z', '16']],
] as const;

interface Counted {
  readonly address: string;
  readonly server: CountingServer;
  close(): Promise<void>;
}

const whole = process.env['AORTA_TEST_WHOLE'] === '1';

describe.each([
  ['offload', modes],
  // Slow clients do not reach servers, so that their TLS makes little difference.
  ['bridging', whole ? modes : modes.slice(1, 2)],
] as const)('2,000 slow connections, %s', (tls, chosen) => {
  test.each(chosen)('%s: other clients do not notice', { timeout: 120_000 }, async (_, options) => {
    await withDirectory(async (directory) => {
      await withFront(
        {
          tls,
          maxConnections: 2_500,
          timeouts: { request: '8s', keepAlive: '8s', client: '8s', server: '10s' },
        },
        (certificate) => startCounting(directory, certificate),
        async (front) => {
          const before = await holdings(front);
          const client = new CountingClient(directory, [front.apis], { idle: 40 });
          try {
            await client.more(20);
            const attackers = slowhttptest(front, options);
            const { said, peak, during } = await watched(front, attackers);
            await client.more(50);
            const verdict = await client.stop(front.servers.map(({ server }) => server));
            console.log(
              `${sentence(verdict)}\n  ${said}; at most ${peak} at once; in use ${shown(before)} -> ${shown(during)}`,
            );
            // It opens some hundred a second, fewer on a busy machine, and the first are closed before the last are open.
            // Those that get their answer at once do not pile up.
            expect(peak).toBeGreaterThan(options[0] === '-R' ? 1 : 100);
            expect(verdict.lost).toEqual([]);
            expect(verdict.twice).toEqual([]);
            expect(verdict.sent).toBeGreaterThan(200);
            // Generous: two thousand handshakes and the attackers share the processors with everybody else.
            expect(verdict.slowest).toBeLessThan(8_000);
          } finally {
            await client.kill();
          }
          // Nobody ends them but our time limits: the attackers have gone, and so has what they held.
          await until(
            'everything has been given back',
            async () => {
              const after = await holdings(front);
              // What stays are connections to servers that are kept, at most some dozens.
              return after.descriptors <= before.descriptors + 150 && after.pools <= before.pools + 8_000_000
                ? true
                : undefined;
            },
            20_000,
          );
        },
      );
    });
  });
});

async function startCounting(
  directory: string,
  certificate: { readonly certificate: string; readonly key: string } | undefined,
): Promise<readonly Counted[]> {
  const pem = join(directory, 'servers.pem');
  if (certificate !== undefined) {
    await writeFile(pem, certificate.certificate + certificate.key, { mode: 0o600 });
  }
  const started: Counted[] = [];
  try {
    for (const name of ['one', 'two']) {
      const server = new CountingServer(join(directory, name), certificate === undefined ? undefined : pem);
      started.push({ address: server.address, server, close: () => server.kill() });
      await server.start();
    }
    return started;
  } catch (error) {
    await Promise.all(started.map((one) => one.close()));
    throw error;
  }
}

/** Runs until it has no connection left, or its time is over. Gives its last words. */
async function slowhttptest({ apis }: Front<Counted>, options: readonly string[]): Promise<string> {
  const rate = ['-c', String(connections), '-r', '700', '-l', String(length), '-p', '3'];
  const target = ['-u', `https://${apis.address}/counted`];
  const child = spawn('slowhttptest', [...options, ...rate, ...target], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TERM: 'dumb' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      text = `${text}${part}`.slice(-20_000);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`slowhttptest ended with ${code}: ${text.slice(-500)}`);
  const value = (name: string) =>
    text
      // The terminal's colours.
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/\x1b\[[0-9;]*m/g, '')
      .match(new RegExp(`${name}:\\s+(.+)`, 'g'))
      ?.at(-1)
      ?.trim() ?? `${name}: unknown`;
  return ['Exit status', 'connected', 'closed'].map(value).join(', ').replaceAll(/\s+/g, ' ');
}

interface Holdings {
  readonly descriptors: number;
  /** Bytes of HAProxy's own objects that are in use. */
  readonly pools: number;
}

async function holdings({ haproxy }: Front<Counted>): Promise<Holdings> {
  const pools = await haproxy.command('show pools');
  return {
    descriptors: (await readdir(`/proc/${haproxy.pid}/fd`)).length,
    pools: Number(/Total: \d+ pools, \d+ bytes allocated, (\d+) used/.exec(pools)?.[1] ?? Number.NaN),
  };
}

/** Looks on until the attackers have ended; what is held at the peak. */
async function watched(
  front: Front<Counted>,
  attackers: Promise<string>,
): Promise<{ said: string; peak: number; during: Holdings }> {
  let peak = 0;
  let during = await holdings(front);
  for (let said: string | undefined; ; ) {
    said = await Promise.race([attackers, pause(250).then(() => undefined)]);
    const now = await current(front);
    if (now > peak) {
      peak = now;
      during = await holdings(front);
    }
    if (said !== undefined) return { said, peak, during };
  }
}

async function current({ haproxy }: Front<Counted>): Promise<number> {
  return Number(/^CurrConns: (\d+)$/m.exec(await haproxy.command('show info'))?.[1] ?? 0);
}

function shown({ descriptors, pools }: Holdings): string {
  return `${descriptors} descriptors and ${Math.round(pools / 1_048_576)} MiB`;
}
