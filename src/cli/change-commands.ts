import type { Command } from '@commander-js/extra-typings';
import { Option } from '@commander-js/extra-typings';
import { apply } from './commands/apply.ts';
import { confirm } from './commands/confirm.ts';
import { diff } from './commands/diff.ts';
import { history } from './commands/history.ts';
import { plan } from './commands/plan.ts';
import { rollback } from './commands/rollback.ts';
import { show } from './commands/show.ts';
import type { CliContext, ExitCode } from './context.ts';
import {
  asRevision,
  author,
  confirmWithin,
  force,
  guard,
  json,
  keep,
  keys,
  node,
  nodes,
  reason,
  state,
  without,
} from './options.ts';

/**
 * Adds the commands about changes and their history.
 * @param done takes the exit code of the command that ran
 */
export function addChangeCommands(
  program: Command,
  context: CliContext,
  done: (code: ExitCode) => void,
): void {
  program
    .command('plan <file>')
    .description('show what applying a declaration would do; changes nothing')
    .option('--no-diff', 'leave out what differs in the declaration and in haproxy.cfg')
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (file, options) => done(await plan(file, options, context)));
  program
    .command('apply <file>')
    .description('make a declaration the desired state of the running controller')
    .option('--dry-run', 'only show what it would do, as `aorta plan`', false)
    .addOption(confirmWithin())
    .addOption(guard())
    .addOption(force())
    .addOption(keep())
    .addOption(without())
    .addOption(
      new Option('--if-revision <number>', 'refuse when another revision is in service').argParser(
        asRevision,
      ),
    )
    .addOption(reason())
    .addOption(author())
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (file, options) =>
      done(
        options.dryRun
          ? await plan(file, { ...options, diff: true }, context)
          : await apply(file, options, context),
      ),
    );
  program
    .command('confirm')
    .description('keep the change that waits to be confirmed')
    .addOption(author())
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (options) => done(await confirm(options, context)));
  program
    .command('rollback')
    .argument('[revision]', 'by default the one before the one in service', asRevision)
    .description('bring back an earlier revision')
    .addOption(confirmWithin())
    .addOption(guard())
    .addOption(force())
    .addOption(keep())
    .addOption(without())
    .addOption(reason())
    .addOption(author())
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (revision, options) => done(await rollback(revision, options, context)));
  program
    .command('history')
    .description('list the accepted changes, the newest first')
    .addOption(state())
    .addOption(nodes())
    .addOption(keys())
    .addOption(json())
    .action(async (options) => done(await history(options, context)));
  program
    .command('show')
    .argument('[revision]', 'by default the one in service', asRevision)
    .description('show the declaration of a revision')
    .addOption(state())
    .addOption(node())
    .addOption(keys())
    .addOption(json())
    .action(async (revision, options) => done(await show(revision, options, context)));
  program
    .command('diff')
    .argument('<from>', 'a revision', asRevision)
    .argument('[to]', 'another; by default the one in service', asRevision)
    .description('show what differs between two revisions')
    .addOption(state())
    .addOption(node())
    .addOption(keys())
    .addOption(json())
    .action(async (from, to, options) => done(await diff(from, to, options, context)));
}
