/**
 * How long a change takes from the request to its answer, with a real HAProxy that is running: one that HAProxy takes by
 * a command, a drain, and one that needs a reload; and where the time goes. A program, not a test:
 *
 *     node test/bench/changes.ts [SERVICES ...]
 *
 * Times are medians of several changes. The ratio compares a whole change with what HAProxy alone needs for its part of
 * it in the same run.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { call } from '../../src/cli/client.ts';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import type { OnProgress } from '../../src/contract/controller.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import type { Stage } from '../../src/reconcile/progress.ts';
import { startController } from '../harness/controller.ts';
import { guardDirectory } from '../harness/guarded-directory.ts';

const rounds = 7;
const shown: readonly Stage[] = [
  'validate',
  'plan',
  'stage',
  'check',
  'preflight',
  'operate',
  'reload',
  'verify',
];

interface Timed {
  readonly total: number;
  readonly stages: ReadonlyMap<Stage, number>;
}

const { positionals } = parseArgs({ allowPositionals: true });
const sizes = positionals.length === 0 ? [2, 100, 1000] : positionals.map(Number);
const table = new Table({
  head: ['services', 'change', 'total ms', ...shown.map((stage) => `${stage} ms`)],
  colAligns: ['right', 'left', ...Array.from({ length: 1 + shown.length }, () => 'right' as const)],
  style: { head: [], border: [] },
});
for (const size of sizes) await measure(size);
process.stdout.write(`${table.toString()}\n`);

async function measure(services: number): Promise<void> {
  const guarded = await guardDirectory('aorta-bench-');
  try {
    const file = `${guarded.directory}/aorta.yaml`;
    await writeFile(file, declaration(services, {}));
    await startController(file, guarded.state);
    const socket = runtimePaths(guarded.state).controlSocket;
    const apply = (options: Options) =>
      timed((onProgress) => applyOne(socket, declaration(services, options), onProgress));
    const runtime: Timed[] = [];
    const reload: Timed[] = [];
    const drain: Timed[] = [];
    let options: Options = {};
    for (let round = 0; round < rounds; round += 1) {
      options = { ...options, weight: 50 + round };
      runtime.push(await apply(options));
      drain.push(
        await timed(() =>
          call(socket, 'intend', {
            wish: { kind: 'drain' },
            target: 'one',
            service: 'service-0',
            reason: 'bench',
          }),
        ),
      );
      await call(socket, 'enable', { target: 'one', service: 'service-0' });
      options = { ...options, retryAfter: 5 + round };
      reload.push(await apply(options));
    }
    add(services, 'weight of a server', runtime);
    add(services, 'drain of a server', drain);
    add(services, 'a time in an error answer', reload);
  } finally {
    await guarded.end();
  }
}

function add(services: number, change: string, times: readonly Timed[]): void {
  table.push([
    services,
    change,
    median(times.map(({ total }) => total)).toFixed(0),
    ...shown.map((stage) => {
      const known = times.flatMap(({ stages }) => stages.get(stage) ?? []);
      return known.length === 0 ? '' : median(known).toFixed(0);
    }),
  ]);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Where a stage begins, the one before has ended. */
async function timed(work: (onProgress: OnProgress) => Promise<unknown>): Promise<Timed> {
  const stages = new Map<Stage, number>();
  const begin = performance.now();
  const began = new Map<Stage, number>();
  await work(({ stage, state }) => {
    const now = performance.now();
    const since = began.get(stage);
    if (state === 'begun') began.set(stage, now);
    else if (since !== undefined) stages.set(stage, now - since);
  });
  return { total: performance.now() - begin, stages };
}

async function applyOne(socket: string, text: string, onProgress: OnProgress): Promise<ChangeAnswer> {
  const request = { file: 'aorta.yaml', text, files: {}, guard: 0 };
  const answer = await call(socket, 'apply', request, { onProgress });
  if (answer.outcome !== 'applied') throw new Error(JSON.stringify(answer.findings.slice(0, 3)));
  return answer;
}

interface Options {
  readonly weight?: number;
  readonly retryAfter?: number;
}

/** Services of four servers each, plain, on loopback; nobody listens at the servers, which are rarely checked. */
function declaration(services: number, { weight = 100, retryAfter = 4 }: Options): string {
  const one = (index: number): string => {
    const [a, b] = [Math.floor(index / 250), index % 250];
    const server = (name: string, net: number) =>
      `        ${name}: { address: 127.${net}.${a}.${b}, port: 8000, weight: ${index === 0 && name === 'one' ? weight : 100} }\n`;
    return `  service-${index}:
    listeners: [{ protocol: http, address: 127.210.${a}.${b + 1}, port: 8080 }]
    maxConnections: 2
    errorAnswers: { retryAfter: ${index === 0 ? retryAfter : 4}s }
    pool:
      trustedSegment: loopback
      servers:
${server('one', 211)}${server('two', 212)}${server('three', 213)}${server('four', 214)}      healthCheck: { type: tcp, interval: 60s, fastInterval: 60s, downInterval: 60s }
`;
  };
  const all = Array.from({ length: services }, (_, index) => one(index)).join('');
  return `aorta: v1\nsite: St. Elsewhere\nvirtualServices:\n${all}`;
}
