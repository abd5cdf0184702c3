// How many machines a number of sites needs, with your own numbers: `npm run capacity -- --help`.

import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import { planFor, siteNeed } from './capacity/capacity.ts';
import { assumedCost, assumedLoad, assumedMachine } from './capacity/load.ts';
import { planHead, planRow } from './capacity/rows.ts';

const program = new Command('capacity')
  .description('how many machines a number of sites needs; docs/capacity.md explains each number')
  .option('--sites <count>', 'sites', whole, 1)
  .option(
    '--requests <per second>',
    'of a site, in its busiest minute',
    above(0),
    assumedLoad.requestsPerSecond,
  )
  .option(
    '--new-connections <share>',
    'of the requests, on new connections',
    share,
    assumedLoad.newConnections,
  )
  .option('--resumed <share>', 'of the new connections, that resume a session', share, assumedLoad.resumed)
  .option('--large-answers <share>', 'of the answers, with 50 KB', share, assumedLoad.largeAnswers)
  .option('--connections <count>', 'open at a time, of a site', whole, assumedLoad.openConnections)
  .option('--servers <count>', 'API servers of a site', whole, assumedLoad.servers)
  .option(
    '--check-interval <seconds>',
    '`checkInterval` of the declaration',
    above(0),
    assumedLoad.checkInterval,
  )
  .addOption(new Option('--key <kind>').choices(['ecdsa', 'rsa'] as const).default(assumedLoad.key))
  .addOption(new Option('--tls <kind>').choices(['bridging', 'offload'] as const).default(assumedLoad.tls))
  .option('--cores <count>', 'of a machine', whole, assumedMachine.cores)
  .option('--memory <GiB>', 'of a machine', above(1), assumedMachine.memory)
  .option('--use <share>', 'of the cores in the busiest minute', share, assumedMachine.use)
  .option('--core-cost <money>', 'of a core, a month', above(-1), assumedCost.core)
  .option('--gib-cost <money>', 'of a GiB of memory, a month', above(-1), assumedCost.gib)
  .parse();
const options = program.opts();
const load = {
  requestsPerSecond: options.requests,
  newConnections: options.newConnections,
  resumed: options.resumed,
  largeAnswers: options.largeAnswers,
  openConnections: options.connections,
  key: options.key,
  tls: options.tls,
  servers: options.servers,
  checkInterval: options.checkInterval,
};
const machine = { cores: options.cores, memory: options.memory, use: options.use };
const plan = planFor(options.sites, load, machine, { core: options.coreCost, gib: options.gibCost });
if (plan === undefined) {
  console.error(
    'One site is too much for one such machine: take more --cores or --memory, or share it among machines (docs/how-to/scale-out.md).',
  );
  process.exit(1);
}
const table = new Table({ style: { head: [], border: [] } });
planRow(plan).forEach((cell, index) => {
  table.push({ [planHead[index] ?? '']: cell });
});
const { traffic, checks, memory } = siteNeed(load);
console.log(table.toString());
console.log(
  `A site: ${traffic.toFixed(4)} of a core for traffic, ${checks.toFixed(4)} for health checks, ${memory.toFixed(1)} MiB.`,
);

function above(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value > least && Number.isFinite(value)) return value;
    throw new InvalidArgumentError(`It has to be a number above ${least}.`);
  };
}

function whole(text: string): number {
  const value = above(0)(text);
  if (Number.isInteger(value)) return value;
  throw new InvalidArgumentError('It has to be a whole number.');
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It has to be a number from 0 to 1.');
}
