/**
 * What it takes to write the metrics of many servers, in processor time: other work on the machine does not matter
 * much. A program, not a test, because times depend on the machine:
 *
 *     node --expose-gc test/bench/metrics.ts [SERVICES[xSERVERS] ...]
 *
 * Of each size the first text is apart: what is in service is read for it, and Node has not translated the code yet. The
 * hold is the longest time in which nobody else in the controller had a turn.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { alignedTable } from '../../scripts/docs/aligned-table.ts';
import { toStored } from '../../src/daemon/sent-files.ts';
import { processorTime } from '../../src/dataplane/system/clock.ts';
import { runtimeNowhere } from '../../src/model/node-fixture.ts';
import type { InService, Surveyed } from '../../src/observe/metrics/facts.ts';
import { Metrics } from '../../src/observe/metrics/metrics.ts';
import { surveyedOf } from '../../src/observe/metrics/surveyed-fixture.ts';
import { accept, desire } from '../../src/reconcile/desired.ts';
import { spreadOf } from './data-plane/statistics.ts';
import { requestFor, type Size, sizeOf, writeDeclaration } from './many-services.ts';

const rounds = 9;

const sizes = (process.argv.length > 2 ? process.argv.slice(2) : ['2', '100', '1000', '2500']).map(sizeOf);
const rows: string[][] = [];
for (const size of sizes) rows.push(await measure(size));
const heads = ['servers', 'lines', 'MB', 'first ms', 'ms', 'longest hold ms', 'MB kept'];
console.log(alignedTable(heads, rows));

async function measure(size: Size): Promise<string[]> {
  const inService = await serving(size);
  const empty = memoryInUse();
  let surveyed: Surveyed | undefined;
  let [began, longest] = [0, 0];
  const hold = () => {
    longest = Math.max(longest, processorTime() - began);
  };
  const metrics = new Metrics({
    facts: () => ({
      version: '0.1.0',
      ...(surveyed === undefined ? {} : { surveyed }),
      inService,
      driftItems: 0,
      process: { processorTime: 0, memory: 0, startedAt: 0 },
    }),
    clock: { now: () => 0 },
    pause: async () => {
      hold();
      await turn();
      began = processorTime();
    },
  });
  const spent: number[] = [];
  const holds: number[] = [];
  let text: Buffer = Buffer.alloc(0);
  for (let round = 0; round < rounds; round += 1) {
    surveyed = surveyedOf(inService.ir, { at: round, requests: round * 100_000 });
    await turn();
    longest = 0;
    const before = processorTime();
    began = before;
    text = await metrics.text();
    hold();
    spent.push(processorTime() - before);
    holds.push(longest);
  }
  surveyed = undefined;
  const lines = text.toString('utf8').split('\n').length - 1;
  const kept = memoryInUse() - empty;
  const [first = 0, ...later] = spent;
  return [
    size.services * size.each,
    lines,
    (text.length / 1e6).toFixed(2),
    first.toFixed(0),
    spreadOf(later).median.toFixed(1),
    `${(holds[0] ?? 0).toFixed(0)}, then ${spreadOf(holds.slice(1)).median.toFixed(1)}`,
    (kept / 1e6).toFixed(1),
  ].map(String);
}

async function serving(size: Size): Promise<InService> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-bench-'));
  try {
    await writeDeclaration(directory, size);
    const node = { runtime: runtimeNowhere };
    const accepted = accept(toStored(await requestFor(directory, size, {})), Date.now(), node);
    if (!accepted.ok) throw new Error(JSON.stringify(accepted.error.slice(0, 3)));
    const { configuration, ir } = desire(accepted.value, [], node);
    return { configuration, ir, revision: 1, generation: 1, digest: 'digest'.padEnd(64, '0') };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Garbage is collected first where Node was told to let us. */
function memoryInUse(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
