import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Estate } from '../estate.ts';
import { openPair } from '../pair/pair-setting.ts';
import { loadTopology } from '../topology.ts';
import { Crowd } from './crowd.ts';
import type { InsideOrder, InsideReport } from './inside-order.ts';
import { Loads } from './load/loads.ts';
import { openLoopback } from './loopback-setting.ts';
import { takePrecedence } from './precedence.ts';
import { startProcessorClock } from './processor-clock.ts';
import type { Pair, Recording } from './recording.ts';
import type { Setting } from './setting.ts';
import { play } from './timeline.ts';

/**
 * The share of the warm-up in which the load grows: clients and servers that have just started need a second of processor
 * for the first requests of each kind, and a machine of two cores has no second for all of them at once.
 */
const RAMP = 0.8;
const now = (): number => performance.timeOrigin + performance.now();

async function run(directory: string, order: InsideOrder): Promise<Recording> {
  const { scenario, variant } = order;
  const open = scenario.pair === undefined ? openLoopback : openPair;
  const setting = await open(directory, order, say);
  const { estate, clients, links, product, pair } = setting;
  for (const { on, fault } of scenario.before)
    await Promise.all(on.map((name) => estate.control(name).inject(fault)));
  const { applications, concurrency, patience, rate, mix } = scenario.load;
  const { sources, entrance } = clients;
  const load = new Loads(
    clients,
    {
      sources,
      ca: await readFile(estate.ca, 'utf8'),
      clients: variant.clients,
      rate,
      applications,
      concurrency,
      patience,
      mix,
      population: (await loadTopology(variant.topology)).population,
      credentials: estate.oauth.confidential,
    },
    entrance,
  );
  await load.ready();
  await takePrecedence();

  const start = now() + 50;
  const begin = start + scenario.warmUp;
  say(`sending ${rate} requests/s for ${(scenario.warmUp + scenario.duration) / 1000} s`);
  const processorUse = startProcessorClock();
  load.go(start, scenario.warmUp + scenario.duration, scenario.warmUp * RAMP);
  setting.startWatching();
  const marks = await play(scenario.timeline, begin, { setting, load, crowd: new Crowd(clients) });
  const { due, late } = await load.ended();
  const used = processorUse();
  const states = await setting.stopWatching();
  // Before everything is mended: what moves then belongs to no action.
  const seen = pair?.seen();
  await settle(setting);
  const relative = (at: number): number => Math.round((at - begin) * 10) / 10;
  return {
    duration: scenario.duration,
    samples: load.samples.map((one) => ({
      ...one,
      due: relative(one.due),
      sent: relative(one.sent),
      end: relative(one.end),
    })),
    marks: marks.map((one) => ({ ...one, at: relative(one.at), done: relative(one.done) })),
    states: states.map((one) => ({ ...one, at: relative(one.at) })),
    carriedOut: await carriedOut(estate, setting.estateDirectory),
    servers: estate.machines.filter(({ roles }) => roles.includes('api')).map(({ name }) => name),
    dnsQueries: await links.dnsQueries(),
    commandFailures: product.failures,
    achieved: due === 0 ? 0 : (due - late) / due,
    ...used,
    haproxy: haproxyVersion(),
    ...(seen === undefined ? {} : { pair: timed(seen, relative) }),
  };
}

function timed(pair: Pair, relative: (at: number) => number): Pair {
  return { ...pair, holdings: pair.holdings.map((one) => ({ ...one, at: relative(one.at) })) };
}

/** Who was frozen carries out what it has when it wakes up: only then can be said what was carried out. */
async function settle({ estate, links, pair }: Setting): Promise<void> {
  await links.mendAll();
  for (const node of pair?.nodes.values() ?? []) node.thaw();
  for (const { pid } of estate.processes) if (pid > 0) process.kill(pid, 'SIGCONT');
  await Promise.all(
    estate.processes
      .filter(({ role, pid }) => role === 'api' && pid > 0)
      .map(async ({ name }) => {
        let before = -1;
        // Quiet means: nothing but a health check came in between two looks.
        for (let look = 0; look < 50; look += 1) {
          const { executions } = await estate.control(name).stats();
          const count = Object.keys(executions).length;
          if (count === before) return;
          before = count;
          await pause(200);
        }
      }),
  );
}

async function carriedOut(estate: Estate, directory: string): Promise<string[]> {
  const texts = await Promise.all(
    estate.processes
      .filter(({ role }) => role === 'api')
      .map(({ name }) => readFile(join(directory, `${name}.executions`), 'utf8').catch(() => '')),
  );
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

function haproxyVersion(): string {
  return /version (\S+)/.exec(execFileSync('haproxy', ['-v'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
}

function report(one: InsideReport): Promise<void> {
  return new Promise((done) => {
    if (process.send === undefined) done();
    else process.send(one, () => done());
  });
}

function say(text: string): void {
  void report({ kind: 'progress', text });
}

const [directory = ''] = process.argv.slice(2);
// Whoever ordered this has gone: so does the room, and the kernel ends what is left in it.
process.once('disconnect', () => process.exit(1));
process.once('message', (order: InsideOrder) => {
  run(directory, order)
    .then((recording) => report({ kind: 'recording', recording }))
    .catch((error: unknown) =>
      report({
        kind: 'broken',
        why: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    )
    .finally(() => process.exit(0));
});
void report({ kind: 'ready' });
