import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { sourceShare } from '../../../src/compile/limits.ts';
import { askSocket } from '../../harness/haproxy.ts';
import { until } from '../../harness/until.ts';
import { prepareEstate } from '../data-plane/estate.ts';
import { compileProgram } from '../data-plane/native.ts';
import { hostname, makeCertificates, ports } from '../data-plane/place.ts';
import { start, untilOpen } from '../data-plane/processes.ts';
import { writeRendered } from '../data-plane/rendered.ts';
import { paths } from '../data-plane/workloads.ts';
import { type Broken, reportEnd } from '../report-end.ts';
import { type Footprint, protocols } from './footprint.ts';

/** Runs in a room of its own: see `../idle.ts`. */
export type IdleReport =
  | { readonly kind: 'footprint'; readonly footprint: Footprint }
  | { readonly kind: 'done' }
  | Broken;

const address = '127.0.20.1';
/** Each source has ports enough for so many. */
const mostPerSource = 1_000;

async function run(
  room: string,
  binary: string,
  declared: number,
  counts: readonly number[],
  tell: (footprint: Footprint) => void,
): Promise<void> {
  const certificates = await makeCertificates(join(room, 'certificates'));
  const estate = join(room, 'estate');
  const servers = await start(await prepareEstate(estate, certificates), estate, 'estate');
  await untilOpen('127.0.1.1', 80, [servers]);
  const client = join(room, 'idle');
  await compileProgram(join(import.meta.dirname, 'idle.c'), client);
  const template = await readFile(join(import.meta.dirname, 'idle.yaml'), 'utf8');
  const values: Record<string, string> = { address, ecdsa: certificates.ecdsa };
  const declaration = template
    .replace('"{{connections}}"', String(declared))
    .replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');

  for (const protocol of protocols) {
    const directory = join(room, protocol);
    await mkdir(directory);
    await writeRendered(declaration, directory);
    const file = join(directory, 'haproxy.cfg');
    const rendered = await readFile(file, 'utf8');
    // All of it is as rendered, but that nobody is sent away before the last one has come, and that it starts where it may
    // not open as many files as it could need.
    const patient = rendered.replaceAll(/timeout (client|http-keep-alive) \S+/g, 'timeout $1 1h');
    await writeFile(file, patient.replace(/^global$/m, 'global\n    no strict-limits'));
    const haproxy = await start([binary, '-db', '-f', 'haproxy.cfg'], directory, 'haproxy');
    await untilOpen(address, ports.offload, [haproxy]);
    const perSource = Math.min(mostPerSource, sourceShare(declared));
    const words = [address, String(ports.offload), hostname, paths.small, protocol, String(perSource)];
    const child = spawn(client, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const answers = createInterface(child.stdout);
    // One connection first: what only the first one costs is none of the others'.
    for (const wanted of [1, ...counts]) {
      const open = await openUntil(child, answers, wanted);
      tell({ protocol, connections: wanted, open, ...(await settled(haproxy.pid, directory)) });
    }
    child.stdin.end();
    await once(child, 'exit');
    haproxy.end();
    await until('HAProxy has ended', () => (haproxy.hasEnded() ? true : undefined), 60_000);
  }
}

/** @returns how many are open then */
async function openUntil(child: ChildProcess, answers: Interface, wanted: number): Promise<number> {
  const answered = once(answers, 'line');
  const broke = once(child, 'exit').then(([code]) => {
    throw new Error(`the client ended with ${String(code)} before ${wanted} were open`);
  });
  broke.catch(() => undefined);
  child.stdin?.write(`${wanted}\n`);
  const [line] = (await Promise.race([answered, broke])) as [string];
  return Number(line);
}

type Memory = Omit<Footprint, 'protocol' | 'connections' | 'open'>;

/** What it takes as soon as it takes no less: what a request needed is given back a moment after it. */
async function settled(pid: number, directory: string): Promise<Memory> {
  let last = Number.POSITIVE_INFINITY;
  return await until(
    'the memory of HAProxy stays as it is',
    async () => {
      await pause(500);
      const now = await memoryOf(pid, directory);
      const steady = Math.abs(now.proportional - last) < 100_000;
      last = now.proportional;
      return steady ? now : undefined;
    },
    60_000,
  );
}

async function memoryOf(pid: number, directory: string): Promise<Memory> {
  const [rollup, meminfo, pools] = await Promise.all([
    readFile(`/proc/${pid}/smaps_rollup`, 'utf8'),
    readFile('/proc/meminfo', 'utf8'),
    askSocket(join(directory, 'admin.sock'), 'show pools\n'),
  ]);
  const kibibytes = (text: string, name: string) =>
    1_024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  return {
    resident: kibibytes(rollup, 'Rss'),
    proportional: kibibytes(rollup, 'Pss'),
    pools: Number(/Total:.*, (\d+) bytes allocated/.exec(pools)?.[1]),
    kernel: kibibytes(meminfo, 'Slab'),
  };
}

const [room = '', binary = 'haproxy', declared, ...counts] = process.argv.slice(2);
const tell = (footprint: Footprint) => process.send?.({ kind: 'footprint', footprint } satisfies IdleReport);
await reportEnd(
  run(room, binary, Number(declared), counts.map(Number), tell).then((): IdleReport => ({ kind: 'done' })),
);
