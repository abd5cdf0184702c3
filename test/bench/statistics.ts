/**
 * What it costs HAProxy to say how its servers are, and how long one of its threads does nothing else: all at once, and
 * in the slices in which the controller asks. A program, not a test:
 *
 *     node test/bench/statistics.ts [SERVICES ...]
 *
 * Services of four servers each; HAProxy has one thread. What it used of a processor for one connection is how long the
 * thread was held, and does not depend on what else the machine does.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { commands } from '../../src/dataplane/haproxy/runtime-socket.ts';
import { type Questions, questionsFor, survey, wholly } from '../../src/dataplane/haproxy/survey.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import { spreadOf } from './data-plane/statistics.ts';
import { type OneThread, withOneThread } from './one-thread.ts';

const rounds = 5;

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1000];
await compare();

async function compare(): Promise<void> {
  const table = new Table({
    head: ['services', 'asked', 'connections', 'longest hold ms', 'HAProxy ms', 'controller ms', 'takes s'],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const services of sizes) {
    await withOneThread(services, async (one) => {
      // The first checks of the servers are not to be counted.
      await pause(10_000);
      const questions = questionsFor(one.outline);
      for (const [name, asked] of [
        ['at once', wholly],
        ['in slices', questions],
      ] as const) {
        table.push([services, name, asked.slices.length, ...(await measure(one, asked))]);
      }
    });
  }
  process.stdout.write(`${table.toString()}\n`);
}

async function measure({ socket: place, used }: OneThread, questions: Questions): Promise<string[]> {
  const holds: number[] = [];
  const totals: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let [longest, total] = [0, 0];
    for (const words of questions.slices) {
      const before = await used();
      const answers = await commands(place, [['show', 'info'], ...words]);
      if (!answers.ok) throw new Error(answers.error.what);
      const hold = (await used()) - before;
      longest = Math.max(longest, hold);
      total += hold;
      await pause(5);
    }
    holds.push(longest);
    totals.push(total);
  }
  const own: number[] = [];
  const lasted: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [began, processor] = [performance.now(), process.cpuUsage()];
    await survey(place, questions, [], systemClock);
    const { user, system } = process.cpuUsage(processor);
    own.push((user + system) / 1_000);
    lasted.push((performance.now() - began) / 1_000);
  }
  return [
    spreadOf(holds).median.toFixed(1),
    spreadOf(totals).median.toFixed(0),
    spreadOf(own).median.toFixed(0),
    spreadOf(lasted).median.toFixed(1),
  ];
}
