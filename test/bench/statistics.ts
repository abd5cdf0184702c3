/**
 * How long requests wait while HAProxy says how its servers are: nobody asks; the controller does; somebody asks the same and
 * reads the answer as fast as it comes; HAProxy's own exporter for Prometheus is read. A program, not a test:
 *
 *     node test/bench/statistics.ts [SERVICES[xSERVERS] ...]
 *
 * Services of four servers each, or so many as are said. HAProxy has one thread and a core of its own; it is asked ten times a second, oftener
 * than anybody does, so that many of the requests meet an answer.
 */
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { alignedTable } from '../../scripts/docs/aligned-table.ts';
import type { Survey } from '../../src/dataplane/counters-port.ts';
import { Space } from '../../src/dataplane/haproxy/exchange.ts';
import { commands } from '../../src/dataplane/haproxy/runtime-socket.ts';
import { everything } from '../../src/dataplane/haproxy/show-stat.ts';
import { askForAll, surveyOf } from '../../src/dataplane/haproxy/survey.ts';
import { askHttp, askSocket } from '../harness/haproxy.ts';
import { balancerCore, otherCores } from './data-plane/processes.ts';
import { spreadOf } from './data-plane/statistics.ts';
import { sizeOf } from './many-services.ts';
import { type OneThread, withOneThread } from './one-thread.ts';
import { waitedAt } from './statistics/waited.ts';

const rounds = 5;
const seconds = 8;
const run = promisify(execFile);
const asked = [`show stat -1 ${everything} -1`, 'show servers state'];

const sizes = (process.argv.length > 2 ? process.argv.slice(2) : ['100', '1000', '250x40']).map(sizeOf);
const heads = [
  'servers',
  'asked',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'longest ms',
  'HAProxy ms',
  'controller ms',
];
const rows: (string | number)[][] = [];
await run('taskset', ['-acp', otherCores, String(process.pid)]);
for (const size of sizes) {
  const servers = size.services * size.each;
  await withOneThread(size, async (one) => {
    await run('taskset', ['-acp', balancerCore, String(one.pid)]);
    // The first checks of the servers are not to be counted.
    await pause(10_000);
    await row(servers, 'nobody asks', one);
    await row(servers, 'the controller', one, () => ask(one), await ownTime(one));
    await row(servers, 'the same, read at once', one, () => askSocket(one.socket, `${asked.join(';')}\n`));
    await row(servers, 'HAProxy’s exporter', one, () => askHttp(one.exporter));
  });
}
console.log(alignedTable(heads, rows));

async function row(
  servers: number,
  name: string,
  one: OneThread,
  question?: () => Promise<unknown>,
  own?: number,
): Promise<void> {
  const took = question === undefined ? undefined : await haproxyTime(one, question);
  const waiting = waitedAt(one.identity, seconds);
  let waits = true;
  const asking = (async () => {
    while (waits && question !== undefined) {
      await question();
      await pause(100);
    }
  })();
  const waited = await waiting;
  waits = false;
  await asking;
  rows.push([
    ...[servers, name],
    ...[waited.p50, waited.p99, waited.p999, waited.most].map((time) => time.toFixed(1)),
    ...[took, own].map((time) => time?.toFixed(0) ?? ''),
  ]);
}

/** What the controller asks, unread: its own work is not to wait for. */
async function ask({ socket }: OneThread): Promise<void> {
  const answers = await commands(
    socket,
    asked.map((text) => text.split(' ')),
    { pace: 'patiently' },
  );
  if (!answers.ok) throw new Error(answers.error.what);
}

/** Processor time of HAProxy for one answer, in milliseconds. */
async function haproxyTime({ used }: OneThread, question: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await used();
    await question();
    times.push((await used()) - before);
  }
  return spreadOf(times).median;
}

/** Processor time of the controller for one survey, in milliseconds. */
async function ownTime({ socket, pid }: OneThread): Promise<number> {
  const worker = { pid, version: '', uptime: 0 };
  const processes = { master: { pid, version: '', reloads: 0, failed: 0 }, workers: [worker], leaving: [] };
  const times: number[] = [];
  const space = new Space();
  let survey: Survey | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage();
    const answers = await askForAll(socket, 'at-once', space);
    survey = answers && surveyOf(answers, { at: Date.now(), processes, leaving: [] }, survey);
    if (survey === undefined) throw new Error('no survey');
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  }
  return spreadOf(times).median;
}
