/**
 * How long a change takes from the request until HAProxy does it, and until it is answered, with a real HAProxy that is
 * running; what HAProxy alone needs for its part of it in the same run; and where the time goes. A program, not a test:
 *
 *     node test/bench/changes.ts [--profile DIRECTORY] [SERVICES[xSERVERS] ...]
 *
 * Times are medians of several changes with the least and the greatest. Processor time is that of the controller alone.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { alignedTable } from '../../scripts/docs/aligned-table.ts';
import { call } from '../../src/cli/client.ts';
import { type RuntimePaths, runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { descriptorLimit } from '../../src/dataplane/system/descriptors.ts';
import type { Stage } from '../../src/reconcile/progress.ts';
import { type ControllerProgram, haproxyOf, startController } from '../harness/controller.ts';
import { guardDirectory } from '../harness/guarded-directory.ts';
import { until } from '../harness/until.ts';
import type { Started } from './data-plane/processes.ts';
import { checkAlone, processorTime, reloadAlone, untilWeight } from './haproxy-alone.ts';
import {
  type Options,
  requestFor,
  type Size,
  sizeOf,
  startServers,
  writeDeclaration,
} from './many-services.ts';

const rounds = 9;
/** How long the controller is watched at rest, in milliseconds. */
const rest = 30_000;
const shown: readonly Stage[] = ['plan', 'stage', 'check', 'preflight', 'operate', 'reload', 'verify'];
const target = { service: 'service-0', target: 'one' } as const;

interface Timed {
  /** All in milliseconds. Absent where it cannot be seen from outside. */
  readonly visible?: number;
  readonly answered: number;
  readonly processor: number;
  readonly stages: ReadonlyMap<Stage, number>;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: 'string' } },
});
/** 10,000 servers, where a process may open as many files as preflight asks for. */
const largest = (await descriptorLimit()) > 23_000 ? '250x40' : '200x40';
const sizes = (positionals.length === 0 ? ['2', '100', '1000', largest] : positionals).map(sizeOf);
type Rows = (string | number)[][];
const found = { changes: [] as Rows, stages: [] as Rows, rest: [] as Rows };
for (const size of sizes) await measure(size);
const changeHeads = ['services', 'change', 'visible ms', 'answered ms', 'HAProxy alone ms', 'beyond it'];
const tables = [
  alignedTable([...changeHeads, 'processor ms'], found.changes),
  alignedTable(['services', 'change', ...shown.map((stage) => `${stage} ms`)], found.stages),
  alignedTable(['services', 'controller at rest', 'HAProxy at rest'], found.rest),
];
console.log(tables.join('\n\n'));

async function measure(size: Size): Promise<void> {
  const services = size.each === 4 ? `${size.services}` : `${size.services} of ${size.each}`;
  const guarded = await guardDirectory('aorta-bench-');
  let servers: Started | undefined;
  try {
    const file = await writeDeclaration(guarded.directory, size);
    servers = await startServers(guarded.directory);
    const controller = await startController(file, guarded.state, program());
    const paths = runtimePaths(guarded.state);
    const seen = (weight: number) => untilWeight(paths, `${target.service}.servers`, target.target, weight);
    const apply = async (options: Options, visible?: () => Promise<void>) => {
      const request = { ...(await requestFor(guarded.directory, size, options)), guard: 0 };
      return await timed(controller.pid, (listen) => applyOne(paths, request, listen), visible);
    };
    const alone = { check: [] as number[], reload: [] as number[] };
    const [weights, drains, enables, reloads] = [timings(), timings(), timings(), timings()];
    let options: Options = {};
    for (let round = 0; round < rounds; round += 1) {
      const weight = 50 + round;
      options = { ...options, weight };
      weights.push(await apply(options, () => seen(weight)));
      const wish = { ...target, wish: { kind: 'drain' as const }, reason: 'bench' };
      drains.push(
        await timed(
          controller.pid,
          () => call(paths.controlSocket, 'intend', wish),
          () => seen(0),
        ),
      );
      const back = () => call(paths.controlSocket, 'enable', target);
      enables.push(await timed(controller.pid, back, () => seen(weight)));
      options = { ...options, retryAfter: 5 + round };
      reloads.push(await apply(options));
      alone.check.push(await checkAlone(join(guarded.state, 'current', 'haproxy.cfg')));
      alone.reload.push(await reloadAlone(paths));
    }
    const [check, reload] = [median(alone.check), median(alone.reload)];
    add(services, 'weight of a server, by apply', weights, check);
    add(services, 'drain of a server', drains, check);
    add(services, 'end of the drain', enables, check);
    add(services, 'a time in an error answer', reloads, check + reload);
    await addRest(services, controller.pid, guarded.state);
    controller.signal('SIGTERM');
    await controller.ended;
  } finally {
    servers?.end();
    await until('the servers have ended', () =>
      servers === undefined || servers.hasEnded() ? true : undefined,
    );
    await guarded.end();
  }
}

/** The controller under a profiler, when one is asked for. */
function program(): ControllerProgram | undefined {
  if (values.profile === undefined) return undefined;
  const main = join(import.meta.dirname, '../../src/main.ts');
  const profile = ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  return { command: [process.execPath, ...profile, main], env: process.env };
}

function add(services: string, change: string, times: readonly Timed[], alone: number): void {
  const answered = times.map((one) => one.answered);
  found.changes.push([
    services,
    change,
    spread(times.flatMap(({ visible }) => visible ?? [])),
    spread(answered),
    alone.toFixed(0),
    `${(median(answered) - alone).toFixed(0)} (${(median(answered) / alone).toFixed(1)}x)`,
    (times.reduce((sum, { processor }) => sum + processor, 0) / times.length).toFixed(0),
  ]);
  const all = shown.map((stage) => {
    const known = times.flatMap((one) => one.stages.get(stage) ?? []);
    return known.length === 0 ? '' : median(known).toFixed(0);
  });
  if (all.some((one) => one !== '')) found.stages.push([services, change, ...all]);
}

async function addRest(services: string, controller: number, state: string): Promise<void> {
  const worker = (await haproxyOf(state))?.workers.at(-1) ?? controller;
  const used = async () => [await processorTime(controller), await processorTime(worker)] as const;
  const before = await used();
  await pause(rest);
  const after = await used();
  const share = (index: 0 | 1) => `${((100 * (after[index] - before[index])) / rest).toFixed(1)} % of a core`;
  found.rest.push([services, share(0), share(1)]);
}

function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  return `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)}-${Math.max(...values).toFixed(0)})`;
}

function timings(): Timed[] {
  return [];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

type OnStage = (event: { readonly stage: Stage; readonly state: string }) => void;

/** @param visible resolves once HAProxy shows the change */
async function timed(
  pid: number,
  work: (onProgress: OnStage) => Promise<unknown>,
  visible?: () => Promise<void>,
): Promise<Timed> {
  const lasted = new Map<Stage, number>();
  const began = new Map<Stage, number>();
  const used = await processorTime(pid);
  const begin = performance.now();
  const since = () => performance.now() - begin;
  const working = work(({ stage, state }) => {
    const from = began.get(stage);
    if (state === 'begun') began.set(stage, since());
    else if (from !== undefined) lasted.set(stage, since() - from);
  });
  const [answered, shownAt] = await Promise.all([working.then(since), visible?.().then(since)]);
  const processor = (await processorTime(pid)) - used;
  return { answered, processor, stages: lasted, ...(shownAt === undefined ? {} : { visible: shownAt }) };
}

async function applyOne(
  { controlSocket }: RuntimePaths,
  request: Awaited<ReturnType<typeof requestFor>> & { readonly guard: number },
  onProgress: OnStage,
): Promise<void> {
  const answer = await call(controlSocket, 'apply', request, { onProgress });
  if (answer.outcome !== 'applied') throw new Error(JSON.stringify(answer.findings.slice(0, 3)));
}
