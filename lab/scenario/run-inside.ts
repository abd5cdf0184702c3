import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { declarationFor } from '../demo/declaration.ts';
import { type Estate, startEstate } from '../estate.ts';
import { loadTopology } from '../topology.ts';
import { Crowd } from './crowd.ts';
import { Links } from './links.ts';
import { Generator } from './load/generator.ts';
import { takePrecedence } from './precedence.ts';
import { startProcessorClock } from './processor-clock.ts';
import { Product } from './product.ts';
import type { Recording, Variant } from './recording.ts';
import type { Scenario } from './schema.ts';
import { StatusWatch } from './status-watch.ts';
import { play } from './timeline.ts';

/** What the program in the room is told, and what it answers. */
export interface InsideOrder {
  readonly scenario: Scenario;
  readonly variant: Variant;
}
export type InsideReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'recording'; readonly recording: Recording }
  | { readonly kind: 'broken'; readonly why: string };

const PREFIX = '127.77.13';
const place = { prefix: PREFIX, apis: `${PREFIX}.1`, apps: `${PREFIX}.2` };
/**
 * The share of the warm-up in which the load grows: clients and servers that have just started need a second of processor
 * for the first requests of each kind, and a machine of two cores has no second for all of them at once.
 */
const RAMP = 0.8;
const root = resolve(import.meta.dirname, '..', '..');
const now = (): number => performance.timeOrigin + performance.now();

async function run(directory: string, { scenario, variant }: InsideOrder): Promise<Recording> {
  const topology = await loadTopology(variant.topology);
  const links = new Links(directory);
  await links.prepare();
  say('starting the estate');
  const estateDirectory = join(directory, 'estate');
  const estate = await startEstate({
    topology: variant.topology,
    tls: variant.tls,
    prefix: PREFIX,
    directory: estateDirectory,
    recordExecutions: true,
  });
  const deployment = variant.topology === 'recommended' ? 'recommended' : 'minimum';
  const product = new Product(root, directory, (parameters) =>
    declarationFor(estate, deployment, place, {
      maxConnections: 1_500,
      ...scenario.parameters,
      ...parameters,
    }),
  );
  say('starting Aorta');
  // Before and after: each starts processes in sessions of its own.
  await takePrecedence();
  await product.up();
  const watch = new StatusWatch(join(product.state, 'run', 'control.sock'));
  await untilHealthy(watch);
  for (const { on, fault } of scenario.before)
    await Promise.all(on.map((name) => estate.control(name).inject(fault)));
  const { applications, concurrency, patience, rate, mix } = scenario.load;
  const reached = { address: place.apis, port: 443, hostname: estate.hostnames.apis };
  const load = new Generator({
    ...reached,
    ca: await readFile(estate.ca, 'utf8'),
    clients: variant.clients,
    rate,
    applications,
    concurrency,
    patience,
    mix,
    population: topology.population,
    credentials: estate.oauth.confidential,
  });
  await load.ready();
  await takePrecedence();

  const start = now() + 50;
  const begin = start + scenario.warmUp;
  say(`sending ${rate} requests/s for ${(scenario.warmUp + scenario.duration) / 1000} s`);
  const busy = startProcessorClock();
  load.go(start, scenario.warmUp + scenario.duration, scenario.warmUp * RAMP);
  watch.start();
  const stage = { estate, links, load, product, crowd: new Crowd(reached) };
  const marks = await play(scenario.timeline, begin, stage);
  const { due, late } = await load.ended();
  const coresBusy = busy();
  await watch.stop();
  await settle(estate, links);
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
    states: watch.samples.map((one) => ({ ...one, at: relative(one.at) })),
    carriedOut: await carriedOut(estate, estateDirectory),
    servers: estate.machines.filter(({ roles }) => roles.includes('api')).map(({ name }) => name),
    dnsQueries: await links.dnsQueries(),
    commandFailures: product.failures,
    achieved: due === 0 ? 0 : (due - late) / due,
    coresBusy,
    haproxy: haproxyVersion(),
  };
}

async function untilHealthy(watch: StatusWatch): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const state = await watch.once().catch(() => undefined);
    if (
      state !== undefined &&
      state.services.length > 0 &&
      state.services.every((one) => one.state === 'healthy')
    )
      return;
    if (performance.now() > deadline)
      throw new Error(`the services did not become healthy: ${JSON.stringify(state)}`);
    await pause(100);
  }
}

/** A frozen server carries out what it has when it wakes up: only then can be said what was carried out. */
async function settle(estate: Estate, links: Links): Promise<void> {
  await links.mendAll();
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
