import type { Plan } from './capacity.ts';

export const planHead = [
  'Sites',
  'Requests/s',
  'Pairs',
  'Sites a pair',
  'Cores used',
  'Memory used',
  '`haproxy -c`',
  'Cost a month',
  'Cost a site',
  'All in one declaration',
] as const;

/** A plan as a row below {@link planHead}. */
export function planRow(plan: Plan): string[] {
  const { cluster } = plan;
  return [
    count(plan.sites),
    count(plan.requestsPerSecond),
    count(plan.pairs),
    count(plan.sitesPerPair),
    plan.cores.toFixed(2),
    `${count(plan.memory)} MiB`,
    `${plan.check.toFixed(1)} s`,
    count(plan.cost),
    (plan.cost / plan.sites).toFixed(plan.cost / plan.sites < 10 ? 2 : 0),
    cluster === undefined ? 'no' : `${count(cluster.machines)} machines, ${count(cluster.cost)}`,
  ];
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
