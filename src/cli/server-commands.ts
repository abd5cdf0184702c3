import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { durationBetween, formatDuration } from '../model/duration.ts';
import { certReplace } from './commands/cert-replace.ts';
import { listDrift, resolveDrift } from './commands/drift.ts';
import { enable } from './commands/enable.ts';
import { intents } from './commands/intents.ts';
import { roll } from './commands/roll.ts';
import { takeOut, weigh } from './commands/take-out.ts';
import type { CliContext, ExitCode } from './context.ts';
import {
  asDuration,
  author,
  confirmWithin,
  force,
  guard,
  json,
  keep,
  keys,
  nodes,
  reason,
  state,
  without,
} from './options.ts';
import { defaultDeadline, defaultHealthDeadline, defaultSettle } from './rolling-host.ts';

/**
 * Adds the commands about servers, their certificates and drift.
 * @param done takes the exit code of the command that ran
 */
export function addServerCommands(
  program: Command,
  context: CliContext,
  done: (code: ExitCode) => void,
): void {
  for (const { name, kind, description } of takingOut) {
    program
      .command(`${name} <target>`)
      .description(description)
      .addOption(service())
      .option('--wait', 'wait until no session is left', false)
      .addOption(deadline())
      .addOption(lasting())
      .addOption(evenTheLast())
      .addOption(why())
      .addOption(author())
      .addOption(state())
      .addOption(nodes())
      .addOption(keys())
      .addOption(json())
      .action(async (target, options) => done(await takeOut({ kind }, target, options, context)));
  }
  program
    .command('weight')
    .argument('<target>')
    .argument('<weight>', '0 to 256; declared is 100 unless the declaration says otherwise', asWeight)
    .description('give a host or server another share of the requests')
    .addOption(service())
    .addOption(lasting())
    .addOption(evenTheLast())
    .addOption(why())
    .addOption(author())
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (target, weight, options) => done(await weigh(weight, target, options, context)));
  program
    .command('enable <target>')
    .description('end every drain, maintenance and weight of a host or server')
    .addOption(service())
    .addOption(reason())
    .addOption(author())
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (target, options) => done(await enable(target, options, context)));
  program
    .command('intents')
    .description('list the drains, maintenance and weights in force')
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (options) => done(await intents(options, context)));
  program
    .command('roll <targets...>')
    .description('patch hosts one after the other: drain, patch, wait for health, enable')
    .addOption(service())
    .option('--run <command>', 'the command that patches one host; gets AORTA_HOST and AORTA_ADDRESS')
    .addOption(deadline())
    .addOption(
      new Option('--health-deadline <duration>', 'how long a host may take to be healthy again')
        .argParser(asDuration(durationBetween('1s', '1d')))
        .default(defaultHealthDeadline, formatDuration(defaultHealthDeadline)),
    )
    .addOption(
      new Option('--settle <duration>', 'how long a host takes requests without a break before the next')
        .argParser(asDuration(durationBetween('0s', '1h')))
        .default(defaultSettle, formatDuration(defaultSettle)),
    )
    .addOption(why())
    .addOption(author())
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (targets, options) => done(await roll(targets, options, context)));
  addCertificateCommands(program, context, done);
  addDriftCommands(program, context, done);
}

const takingOut = [
  { name: 'drain', kind: 'drain', description: 'send a host or server no new requests; those under way end' },
  {
    name: 'maintain',
    kind: 'maintenance',
    description: 'send a host or server no new requests and no health checks',
  },
] as const;

function addCertificateCommands(program: Command, context: CliContext, done: (code: ExitCode) => void): void {
  program
    .command('cert')
    .description('work on certificates')
    .command('replace <name> <file>')
    .description('replace a certificate and its key in service, without a reload')
    .option('--key <file>', 'the key, when it is declared as a file of its own')
    .option('--password-file <file>', 'the new password of the key or PFX file, when one is declared')
    .option('--declaration <file>', 'replace the files that this declaration names on disk too')
    .addOption(confirmWithin())
    .addOption(guard())
    .addOption(force())
    .addOption(without())
    .addOption(keep())
    .addOption(reason())
    .addOption(author())
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (name, file, options) => done(await certReplace(name, file, options, context)));
}

function addDriftCommands(program: Command, context: CliContext, done: (code: ExitCode) => void): void {
  // Else the options of `drift adopt` would be taken for those of `drift`.
  program.enablePositionalOptions();
  const drift = program
    .command('drift')
    .description("list what was changed behind Aorta's back; exit code 1 when there is something")
    .enablePositionalOptions()
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (options) => done(await listDrift(options, context)));
  for (const [action, description] of [
    ['adopt', 'make an intent of what was changed'],
    ['revert', 'put back what is wanted'],
  ] as const) {
    drift
      .command(action)
      .description(description)
      .addOption(reason())
      .addOption(author())
      .addOption(state())
      .addOption(nodes())
      .addOption(keys())
      .addOption(json())
      .action(async (options) => done(await resolveDrift(action, options, context)));
  }
}

const service = () => new Option('--service <name>', 'only in this service');

const why = () => new Option('--reason <text>', 'why, for whoever finds it so').makeOptionMandatory();

const evenTheLast = () =>
  new Option('--force', 'also when no healthy server is left in a service').default(false);

const lasting = () =>
  new Option('--for <duration>', 'end it by itself after this time').argParser(
    asDuration(durationBetween('1s', '365d')),
  );

const deadline = () =>
  new Option('--deadline <duration>', 'how long to wait for the last session')
    .argParser(asDuration(durationBetween('1s', '1d')))
    .default(defaultDeadline, formatDuration(defaultDeadline));

function asWeight(text: string): number {
  const weight = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (weight <= 256) return weight;
  throw new InvalidArgumentError('A weight is a whole number from 0 to 256.');
}
