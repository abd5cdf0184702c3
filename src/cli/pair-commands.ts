import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { pairKeys } from './commands/pair-keys.ts';
import type { CliContext, ExitCode } from './context.ts';
import { collect, defaultKeys, json } from './options.ts';

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
}

function asDays(text: string): number {
  const days = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN;
  if (days <= mostDays) return days;
  throw new InvalidArgumentError(`Days are a whole number from 1 to ${mostDays}.`);
}
