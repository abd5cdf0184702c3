import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { duration, durationBetween, formatDuration } from '../model/duration.ts';
import { failover } from './commands/failover.ts';
import { pairKeys } from './commands/pair-keys.ts';
import { rehearse } from './commands/rehearse.ts';
import { announce, withdraw } from './commands/withdraw.ts';
import type { CliContext, ExitCode } from './context.ts';
import { asDuration, author, collect, defaultKeys, json, keys, nodes, reason, state } from './options.ts';

/** Five years. */
const defaultDays = 1826;
const mostDays = 7305;

/**
 * Adds the commands about a pair as a whole.
 * @param done takes the exit code of the command that ran
 */
export function addPairCommands(program: Command, context: CliContext, done: (code: ExitCode) => void): void {
  program
    .command('pair')
    .description('set up a pair of nodes')
    .command('keys')
    .description('make the keys by which nodes and operator know each other; run it again to add a node')
    .addOption(
      new Option(
        '--node <name=address>',
        'a node and where its controller answers, :PORT may follow; repeat it',
      )
        .argParser(collect)
        .makeOptionMandatory(),
    )
    .option('--out <directory>', 'where the keys are, or are made', defaultKeys)
    .addOption(
      new Option('--days <number>', 'how long new certificates are valid')
        .argParser(asDays)
        .default(defaultDays, '5 years'),
    )
    .addOption(json())
    .action(async (options) => done(await pairKeys(options, context)));
  program
    .command('failover')
    .description('move virtual addresses from node to node, so that no request fails')
    .addOption(to())
    .addOption(from())
    .addOption(group())
    .option('--home', 'each group goes to the node that it prefers', false)
    .addOption(connectionDeadline())
    .addOption(reason())
    .addOption(author())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (options) => done(await failover({ ...options, state: '' }, context)));
  program
    .command('rehearse')
    .description('move virtual addresses there and back, and say what clients noticed')
    .addOption(to())
    .addOption(from())
    .addOption(group())
    .addOption(connectionDeadline())
    .addOption(reason())
    .addOption(author())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (options) => done(await rehearse({ ...options, state: '' }, context)));
  addDutyCommands(program, context, done);
}

/** Adds the commands about a node that announces its addresses to routers. */
function addDutyCommands(program: Command, context: CliContext, done: (code: ExitCode) => void): void {
  program
    .command('withdraw [node]')
    .description('let a node announce its addresses to no router, so that its clients go to the other nodes')
    .addOption(reason())
    .addOption(author())
    .addOption(connectionDeadline())
    .addOption(nodes())
    .addOption(keys())
    .addOption(state())
    .addOption(json())
    .action(async (name, options) => done(await withdraw(name, options, context)));
  program
    .command('announce [node]')
    .description('let a node that was withdrawn announce its addresses again')
    .addOption(author())
    .addOption(connectionDeadline())
    .addOption(nodes())
    .addOption(keys())
    .addOption(state())
    .addOption(json())
    .action(async (name, options) => done(await announce(name, options, context)));
}

const to = () =>
  new Option(
    '--to <name>',
    'the node that is to hold them; by default, for each group, the one that would take over by itself',
  );

const from = () =>
  new Option('--from <name>', 'move what this node holds; by default the only one that holds any');

const group = () =>
  new Option('--group <name>', 'a group of addresses; repeat it; by default all').argParser(collect);

/** Longer than clients keep a connection that they do not use. */
const defaultDeadline = duration('2m');

const connectionDeadline = () =>
  new Option('--deadline <duration>', 'how long connections from before may take to end')
    .argParser(asDuration(durationBetween('1s', '50m')))
    .default(defaultDeadline, formatDuration(defaultDeadline));

function asDays(text: string): number {
  const days = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN;
  if (days <= mostDays) return days;
  throw new InvalidArgumentError(`Days are a whole number from 1 to ${mostDays}.`);
}
