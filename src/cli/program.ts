import { Command, CommanderError, Option } from '@commander-js/extra-typings';
import { starter } from '../blueprints/registry.ts';
import { Failure } from '../kernel/failure.ts';
import { aortaVersion } from '../kernel/version.ts';
import { addChangeCommands } from './change-commands.ts';
import { check } from './commands/check.ts';
import { down } from './commands/down.ts';
import { explain } from './commands/explain.ts';
import { init } from './commands/init.ts';
import { metrics } from './commands/metrics.ts';
import { render } from './commands/render.ts';
import { status } from './commands/status.ts';
import { up } from './commands/up.ts';
import type { CliContext, ExitCode } from './context.ts';
import { toJson } from './findings.ts';
import type { InitFlags } from './init/from-flags.ts';
import { failureAsJson, failureLine } from './nodes/node-words.ts';
import {
  collect,
  cores,
  json,
  keys,
  memory,
  node,
  nodeFile,
  nodeFileAsked,
  nodes,
  state,
} from './options.ts';
import { addPairCommands } from './pair-commands.ts';
import { addServerCommands } from './server-commands.ts';

/** Runs one command line. Never throws for what a user or the environment did. */
export async function run(arguments_: readonly string[], context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = build(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...arguments_], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has already said what is wrong with the command line; help and version are no mistakes.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Failure) {
      report(error, arguments_.includes('--json'), context);
      return error.responsibility === 'user' ? 2 : 1;
    }
    throw error;
  }
}

function report(failure: Failure, asJson: boolean, context: CliContext): void {
  if (asJson) context.write(toJson({ error: failureAsJson(failure) }));
  else context.warn(failureLine(failure, context.colors));
}

function build(context: CliContext, done: (code: ExitCode) => void) {
  const program = new Command('aorta')
    .description('Application delivery controller: HAProxy carries the traffic, Aorta decides.')
    .version(aortaVersion)
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.write(text), writeErr: (text) => context.warn(text) })
    .showHelpAfterError('(aorta --help lists the commands)')
    .addHelpText('after', '\nExit codes: 0 fine, 1 failed, 2 your mistake.');

  const initCommand = program
    .command('init [file]')
    .description('write a first declaration; asks on a terminal, takes flags otherwise')
    .option('--force', 'write over an existing file', false)
    .addOption(json());
  for (const { flag, ask, form } of starter.questions) {
    if (flag === undefined) continue;
    const several = form.kind === 'list' || form.kind === 'machines';
    const option = new Option(`${flag} <${form.kind === 'machines' ? 'name=address' : 'value'}>`, ask);
    initCommand.addOption(several ? option.argParser(collect) : option);
  }
  initCommand.action(async (file, { force, json: asJson, ...flags }) =>
    done(await init(file ?? 'aorta.yaml', { force, json: asJson, flags: flags as InitFlags }, context)),
  );
  program
    .command('check <file>')
    .description('validate a declaration and its certificates; changes nothing')
    .addOption(nodeFileAsked())
    .addOption(json())
    .action(async (file, options) => done(await check(file, options, context)));
  program
    .command('explain <file> [path]')
    .description('show every value of the expansion and where it comes from, and what a machine bears')
    .addOption(cores())
    .addOption(memory())
    .addOption(json())
    .action(async (file, path, options) => done(await explain(file, path, options, context)));
  program
    .command('render <file>')
    .description('show haproxy.cfg, or write it with its companions')
    .option('--out <directory>', 'write the files there')
    .option('--check', 'let the installed HAProxy, and keepalived, read the result', false)
    .addOption(nodeFileAsked())
    .addOption(json())
    .action(async (file, { out, nodeFile: node, ...options }) =>
      done(await render(file, { out, nodeFile: node, ...options }, context)),
    );
  program
    .command('up')
    .argument('[file]', 'by default the newest revision of the state directory')
    .description('run the controller and HAProxy in the foreground; adopts a HAProxy that is already running')
    .addOption(state())
    .addOption(nodeFile())
    .addOption(json())
    .action(async (file, options) => done(await up(file, options, context)));
  addChangeCommands(program, context, done);
  program
    .command('status')
    .description('show services, servers and certificates')
    .option('--watch', 'keep showing them until Ctrl-C', false)
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (options) => done(await status(options, context)));
  program
    .command('metrics')
    .description('show the metrics that Prometheus reads')
    .addOption(state())
    .addOption(node())
    .addOption(keys())
    .action(async (options) => done(await metrics(options, context)));
  program
    .command('down')
    .description('end HAProxy and the controller; requests may finish first')
    .addOption(state())
    .addOption(node())
    .addOption(keys())
    .addOption(json())
    .action(async (options) => done(await down(options, context)));
  addServerCommands(program, context, done);
  addPairCommands(program, context, done);
  return program;
}
