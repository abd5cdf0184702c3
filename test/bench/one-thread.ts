import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toStored } from '../../src/daemon/sent-files.ts';
import { type Outline, readOutline } from '../../src/dataplane/haproxy/outline.ts';
import { textOf } from '../../src/ir/rendering.ts';
import { runtimeIn } from '../../src/model/node-fixture.ts';
import { accept, desire } from '../../src/reconcile/desired.ts';
import { withHaproxy } from '../harness/haproxy.ts';
import { requestFor, writeDeclaration } from './many-services.ts';

/** A HAProxy with one thread, so that whatever holds it holds everything. */
export interface OneThread {
  readonly socket: string;
  readonly outline: Outline;
  /** Processor time that it has used so far, in milliseconds, to the microsecond. */
  readonly used: () => Promise<number>;
}

/** Runs HAProxy with services of four servers each, as Aorta configures it but for the number of threads. */
export async function withOneThread<T>(services: number, use: (one: OneThread) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-bench-'));
  try {
    await writeDeclaration(directory, services);
    const declaration = toStored(await requestFor(directory, services, {}));
    return await withHaproxy(
      (node) => {
        const accepted = accept(declaration, Date.now(), node);
        if (!accepted.ok) throw new Error(JSON.stringify(accepted.error.slice(0, 3)));
        const { rendering } = desire(accepted.value, [], node);
        const text = textOf(rendering, 'haproxy.cfg').replace(/^global$/m, 'global\n  nbthread 1');
        const others = rendering.files.filter(({ path }) => path !== 'haproxy.cfg');
        return { ...rendering, files: [...others, { path: 'haproxy.cfg', content: text }] };
      },
      async (haproxy) =>
        await use({
          socket: runtimeIn(haproxy.directory).adminSocket,
          outline: readOutline(await readFile(join(haproxy.directory, 'haproxy.cfg'), 'utf8')),
          used: async () => {
            const [nanoseconds] = (await readFile(`/proc/${haproxy.pid}/schedstat`, 'utf8')).split(' ');
            return Number(nanoseconds) / 1e6;
          },
        }),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
