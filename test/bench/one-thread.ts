import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toStored } from '../../src/daemon/sent-files.ts';
import { textOf } from '../../src/ir/rendering.ts';
import { runtimeIn } from '../../src/model/node-fixture.ts';
import { accept, desire } from '../../src/reconcile/desired.ts';
import { withHaproxy } from '../harness/haproxy.ts';
import { requestFor, type Size, writeDeclaration } from './many-services.ts';

/** A HAProxy with one thread, so that whatever holds it holds everything. */
export interface OneThread {
  readonly pid: number;
  /** Of its runtime API. */
  readonly socket: string;
  /** Answers requests, with nothing behind it. */
  readonly identity: string;
  /** HAProxy's own exporter for Prometheus. */
  readonly exporter: string;
  /** Processor time that it has used so far, in milliseconds, to the microsecond. */
  readonly used: () => Promise<number>;
}

/**
 * Runs HAProxy with services, as Aorta configures it but for the number of threads, with an exporter
 * besides.
 */
export async function withOneThread<T>(size: Size, use: (one: OneThread) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-bench-'));
  try {
    await writeDeclaration(directory, size);
    const declaration = toStored(await requestFor(directory, size, {}));
    const exporter = join(directory, 'exporter.sock');
    return await withHaproxy(
      (node) => {
        const accepted = accept(declaration, Date.now(), node);
        if (!accepted.ok) throw new Error(JSON.stringify(accepted.error.slice(0, 3)));
        const { rendering } = desire(accepted.value, [], node);
        const text = textOf(rendering, 'haproxy.cfg').replace(/^global$/m, 'global\n  nbthread 1');
        const content = text + exporterAt(exporter);
        const others = rendering.files.filter(({ path }) => path !== 'haproxy.cfg');
        return { ...rendering, files: [...others, { path: 'haproxy.cfg', content }] };
      },
      async ({ directory: at, pid }) =>
        await use({
          pid,
          socket: runtimeIn(at).adminSocket,
          identity: runtimeIn(at).identitySocket,
          exporter,
          used: async () => {
            const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ');
            return Number(nanoseconds) / 1e6;
          },
        }),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function exporterAt(socket: string): string {
  return `
frontend exporter
  mode http
  bind unix@${socket}
  timeout client 30s
  http-request use-service prometheus-exporter
`;
}
