import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createHaproxyDataPlane } from '../../src/dataplane/haproxy-data-plane.ts';
import type { HaproxySharing } from '../../src/dataplane/haproxy-sharing.ts';
import type { DataPlane, HealthPort } from '../../src/dataplane/port.ts';
import { type RuntimePaths, runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import type { RenderedFile, Rendering } from '../../src/ir/rendering.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import type { Path } from '../../src/kernel/path.ts';
import { apply } from '../../src/reconcile/apply.ts';
import type { Outcome } from '../../src/reconcile/outcome.ts';
import { SerialQueue } from '../../src/reconcile/queue.ts';

/** Another HAProxy than the installed one, to run the same tests on another version. */
const haproxyBinary = process.env['AORTA_TEST_HAPROXY'] ?? 'haproxy';

export type HealthyDataPlane = DataPlane & { readonly health: HealthPort; readonly sharing: HaproxySharing };

export interface Rig {
  readonly state: string;
  readonly paths: RuntimePaths;
  /** A loopback address of this test alone. */
  readonly address: string;
  readonly dataPlane: HealthyDataPlane;
  readonly reconciler: Reconciler;
}

/** Brings handwritten renderings into service, one after the other, and takes them for proven. */
export class Reconciler {
  readonly #dataPlane: DataPlane;
  readonly #clock: Clock;
  readonly #queue = new SerialQueue();

  constructor(dataPlane: DataPlane, clock: Clock) {
    this.#dataPlane = dataPlane;
    this.#clock = clock;
  }

  apply(rendering: Rendering): Promise<Outcome> {
    return this.#queue.run(async () => {
      const outcome = await apply(rendering, this.#dataPlane, this.#clock);
      if (outcome.kind === 'applied' || outcome.kind === 'unchanged')
        await this.#dataPlane.commit(outcome.generation);
      return outcome;
    });
  }
}

/** A state directory, an address and a data plane; all gone after the test, also when it fails. */
export async function createRig(): Promise<Rig> {
  const state = await mkdtemp(join(tmpdir(), 'aorta-test-'));
  onTestFinished(() => rm(state, { recursive: true, force: true }));
  const paths = runtimePaths(state);
  const dataPlane = await openDataPlane(state);
  onTestFinished(() => dataPlane.stop(0));
  return { state, paths, address: loopback(), dataPlane, reconciler: new Reconciler(dataPlane, systemClock) };
}

/** What another controller of the same state directory would use. */
export function openDataPlane(state: string): Promise<HealthyDataPlane> {
  return createHaproxyDataPlane({ stateDirectory: state, clock: systemClock, haproxyBinary });
}

/** Three random bytes of 127.0.0.0/8, so that tests of the same moment do not meet. */
export function loopback(): string {
  const [a = 0, b = 0] = randomBytes(2);
  return `127.${(a % 250) + 2}.${b}.${randomInt(2, 254)}`;
}

/** A server of the pool, which answers with its name. */
export async function startServer(
  name: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end(name),
): Promise<{ address: string; port: number; server: Server }> {
  const server = createServer(answer);
  const address = loopback();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on a port');
  return { address, port: bound.port, server };
}

export interface Shape {
  readonly frontends: readonly { readonly name: string; readonly bind: string }[];
  /** Lines of the backend. */
  readonly backend: readonly string[];
  readonly global?: readonly string[];
  readonly files?: readonly RenderedFile[];
}

/** A hand-written rendering with what every one of ours has: the runtime API, the identity and the server states. */
export function render(paths: RuntimePaths, shape: Shape): Rendering {
  const lines: [string, Path?][] = [
    ['global'],
    ['  default-path config'],
    ['  maxconn 500'],
    ['  hard-stop-after 10s'],
    ['  noreuseport'],
    [`  stats socket ${paths.adminSocket} mode 600 level admin expose-fd listeners`],
    [`  server-state-file ${paths.serverStateFile}`],
    ['  log stdout format raw local0'],
    ...(shape.global ?? []).map((line): [string, Path] => [`  ${line}`, ['site']]),
    ['defaults'],
    ['  mode http'],
    ['  log global'],
    ['  option idle-close-on-response'],
    ['  timeout connect 1s'],
    ['  timeout client 10s'],
    ['  timeout server 10s'],
    ['  load-server-state-from-file global'],
    ['frontend identity'],
    [`  bind unix@${paths.identitySocket} mode 600`],
    ['  http-request return status 200 content-type text/plain string DIGEST'],
  ];
  for (const [index, { name, bind }] of shape.frontends.entries()) {
    lines.push([`frontend ${name}`, ['virtualServices', name]]);
    lines.push([`  bind ${bind}`, ['virtualServices', name, 'listeners', index]]);
    lines.push(['  default_backend pool']);
  }
  lines.push(
    ['backend pool'],
    ...shape.backend.map((line, index): [string, Path] => [`  ${line}`, ['pool', index]]),
  );
  const text = `${lines.map(([line]) => line).join('\n')}\n`;
  const extra = shape.files ?? [];
  const digest = sha256(JSON.stringify([text, extra.map(({ path }) => path)]));
  return {
    files: [{ path: 'haproxy.cfg', content: text.replace('DIGEST', digest) }, ...extra],
    digest,
    sourceMap: lines.map(([, path]) => path),
  };
}

/** Waits until something is so; fails with what was seen last when it is not in time. */
export async function until<T>(
  observe: () => Promise<T>,
  wanted: (seen: T) => boolean,
  patience = 10_000,
): Promise<T> {
  const deadline = Date.now() + patience;
  while (true) {
    const seen = await observe();
    if (wanted(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`not in time; last seen: ${JSON.stringify(seen)}`);
    await systemClock.sleep(25);
  }
}

/** All files below a directory, relative to it. */
export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** Pids of living processes whose command line mentions this text. */
export async function processesMentioning(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(text)) found.push(Number(name));
  }
  return found;
}
