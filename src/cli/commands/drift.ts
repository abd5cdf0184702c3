import type { DriftItem } from '../../model/drift.ts';
import { ago } from '../ago.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { stateHint } from '../options.ts';

export interface DriftOptions {
  readonly state: string;
  readonly json: boolean;
}

/** Lists what was changed behind Aorta's back. Exit code 1 when there is something, so that scripts can ask. */
export async function listDrift(options: DriftOptions, context: CliContext): Promise<ExitCode> {
  const { drift } = await call(context.machine.controlSocket(options.state), 'drift');
  if (options.json) context.write(toJson({ drift }));
  else if (drift.length === 0) context.write('none: HAProxy runs what is wanted\n');
  else {
    const hint = stateHint(options.state);
    const adopt = drift.some(({ adoptable }) => adoptable)
      ? `; \`aorta drift adopt${hint}\` keeps what can be kept`
      : '';
    context.write(`${linesOf(drift, context)}\`aorta drift revert${hint}\` puts it back as wanted${adopt}\n`);
  }
  return drift.length === 0 ? 0 : 1;
}

export interface ResolveOptions extends DriftOptions {
  readonly reason?: string | undefined;
  readonly author?: string | undefined;
}

/** Makes drift wanted, or takes it back. Exit code 1 when something is left. */
export async function resolveDrift(
  action: 'adopt' | 'revert',
  options: ResolveOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { drift } = await call(context.machine.controlSocket(options.state), 'resolveDrift', {
    action,
    author: options.author ?? context.user,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  if (options.json) context.write(toJson({ drift }));
  else if (drift.length === 0) {
    const done =
      action === 'adopt' ? 'adopted: `aorta intents` shows it' : 'reverted: HAProxy runs what is wanted';
    context.write(`${context.colors.green(done)}\n`);
  } else {
    const mend = action === 'adopt' ? ', which cannot become an intent' : '';
    context.write(`this is left${mend}:\n${linesOf(drift, context)}`);
  }
  return drift.length === 0 ? 0 : 1;
}

function linesOf(drift: readonly DriftItem[], { colors, now }: Pick<CliContext, 'colors' | 'now'>): string {
  return drift
    .map(({ kind, what, since, adoptable }) => {
      const how = adoptable ? '' : '; can only be reverted';
      return `${colors.red(kind)}: ${what}; noticed ${ago(now() - since)} ago${how}\n`;
    })
    .join('');
}
