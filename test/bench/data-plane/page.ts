import { alignedTable } from '../../../scripts/docs/aligned-table.ts';
import { judgeBars } from './bars.ts';
import { fixedRate } from './latency.ts';
import { isTooNoisy, names, noise, type Result, type WorkloadResult } from './result.ts';
import type { Spread } from './statistics.ts';
import { sumOf } from './system-calls.ts';

/** The tables of one run, as Markdown. @param how the command that made them, and what of it was left out */
export function pageOf(result: Result, how: string): string {
  return [
    `Measured with \`${how}\` on ${result.machine.join('; ')}.`,
    noiseWords(result),
    '### The bars',
    'The bars were set before anything was measured. The last two columns are what HAProxy by hand and the floor would have in place of Aorta.',
    barTable(result),
    '### Processor time for a request: Aorta as a share of the others',
    'Below 1 Aorta is cheaper. Median of the rounds, and the quartiles.',
    ratioTable(result),
    '### The same in microseconds, and requests a second',
    'Medians. In brackets how busy the core of the balancer was: a rate below 95 % is that of the load, not of the balancer.',
    costTable(result),
    `### Time of a request at ${fixedRate.toLocaleString('en')} requests a second`,
    '2 KB over 32 kept connections, milliseconds, the middle run of some.',
    latencyTable(result),
    '### System calls for a request',
    callTable(result),
    ...Object.keys(result.calls)
      .filter((workload) => workload.includes('kept'))
      .flatMap((workload) => [`One by one, “${workload}”:`, oneByOne(result, workload)]),
  ].join('\n\n');
}

function noiseWords({ workloads, stolen }: Result): string {
  const noisy = workloads.filter(isTooNoisy).map(({ name }) => `“${name}”`);
  const words = [
    `Aorta ran twice; where the median of one by the other leaves ${noise.twin[0]} to ${noise.twin[1]} the run was **too noisy** for this workload and says nothing: ${noisy.length === 0 ? 'none' : noisy.join(', ')}.`,
    `The host took ${(100 * stolen).toFixed(1)} % of the processor time${stolen > noise.stolen ? ', which is **too much**: repeat the run' : ''}.`,
  ];
  return words.join(' ');
}

function barTable(result: Result): string {
  return alignedTable(
    ['against', 'workload', 'at most', 'measured', '', 'by hand', 'floor'],
    judgeBars(result).map(({ against, workload, most, ratio, byHand, floor, verdict }) => [
      ...[against, workload, most.toFixed(2), ratio.toFixed(2)],
      verdict === 'met' ? verdict : `**${verdict}**`,
      ...[byHand, floor].map((one) => one?.toFixed(2) ?? ''),
    ]),
  );
}

function ratioTable({ workloads }: Result): string {
  const others = subjectsOf(workloads).filter((name) => name !== names.base && name !== names.twin);
  return alignedTable(
    ['workload', 'rounds', 'twin', ...others],
    workloads.map((workload) => [
      ...[workload.name, workload.rounds],
      `${spread(workload.twin)}${isTooNoisy(workload) ? ' **too noisy**' : ''}`,
      ...others.map((name) => spread(workload.subjects[name]?.ratio)),
    ]),
  );
}

function costTable({ workloads }: Result): string {
  const all = subjectsOf(workloads);
  return alignedTable(
    ['workload', ...all],
    workloads.map(({ name, subjects }) => [
      name,
      ...all.map((subject) => {
        const found = subjects[subject];
        if (found === undefined) return '';
        const { cost, rate, busy } = found;
        return `${cost.toFixed(cost < 100 ? 1 : 0)} µs, ${Math.round(rate).toLocaleString('en')}/s (${Math.round(100 * busy)} %)`;
      }),
    ]),
  );
}

function latencyTable({ latencies }: Result): string {
  return alignedTable(
    ['', 'p50', 'p99', 'p99.9'],
    Object.entries(latencies).map(([name, { p50, p99, p999 }]) => [
      name,
      ...[p50, p99, p999].map((time) => time.toFixed(2)),
    ]),
  );
}

function callTable({ calls, workloads }: Result): string {
  const all = subjectsOf(workloads).filter((name) => name !== names.twin);
  return alignedTable(
    ['workload', ...all],
    Object.entries(calls).map(([workload, row]) => [
      workload,
      ...all.map((name) => (row[name] === undefined ? '' : sumOf(row[name]).toFixed(1))),
    ]),
  );
}

/** Whom system calls are compared with one by one. */
const compared = [names.base, 'HAProxy by hand', 'nginx', 'relay in C (floor)'];

/** Calls that are made once in twenty requests or seldomer are those of health checks, and of what happens now and then. */
const seldom = 0.05;

function oneByOne({ calls }: Result, workload: string): string {
  const row = calls[workload] ?? {};
  const subjects = compared.filter((name) => row[name] !== undefined);
  const most = (call: string) => Math.max(...subjects.map((name) => row[name]?.[call] ?? 0));
  const all = [...new Set(subjects.flatMap((name) => Object.keys(row[name] ?? {})))];
  const often = all.filter((call) => most(call) > seldom).sort((a, b) => most(b) - most(a));
  return alignedTable(
    ['call', ...subjects],
    often.map((call) => [call, ...subjects.map((name) => Math.max(0, row[name]?.[call] ?? 0).toFixed(2))]),
  );
}

function subjectsOf(workloads: readonly WorkloadResult[]): string[] {
  return [...new Set(workloads.flatMap(({ subjects }) => Object.keys(subjects)))];
}

function spread(found: Spread | undefined): string {
  if (found === undefined) return '';
  return `${found.median.toFixed(2)} (${found.low.toFixed(2)}–${found.high.toFixed(2)})`;
}
