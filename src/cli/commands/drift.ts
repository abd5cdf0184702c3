import type { DriftItem } from '../../model/drift.ts';
import { ago } from '../ago.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { type EachOptions, onEach } from '../nodes/on-each.ts';
import { type WhereOptions, whereHint } from '../options.ts';

export type DriftOptions = EachOptions;

/** Lists what was changed behind Aorta's back. Exit code 1 when there is something, so that scripts can ask. */
export async function listDrift(options: DriftOptions, context: CliContext): Promise<ExitCode> {
  return await onEach(options, context, async (place, where) => {
    const { drift } = await call(place, 'drift');
    return { code: drift.length === 0 ? 0 : 1, json: { drift }, text: listText(drift, where, context) };
  });
}

function listText(drift: readonly DriftItem[], where: WhereOptions, context: CliContext): string {
  if (drift.length === 0) return 'none: HAProxy runs what is wanted\n';
  const hint = whereHint(where);
  const adopt = drift.some(({ adoptable }) => adoptable)
    ? `; \`aorta drift adopt${hint}\` keeps what can be kept`
    : '';
  return `${linesOf(drift, context)}\`aorta drift revert${hint}\` puts it back as wanted${adopt}\n`;
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
  return await onEach(options, context, async (place) => {
    const { drift } = await call(place, 'resolveDrift', {
      action,
      author: options.author ?? context.user,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    });
    return { code: drift.length === 0 ? 0 : 1, json: { drift }, text: leftText(drift, action, context) };
  });
}

function leftText(drift: readonly DriftItem[], action: 'adopt' | 'revert', context: CliContext): string {
  if (drift.length === 0) {
    const done =
      action === 'adopt' ? 'adopted: `aorta intents` shows it' : 'reverted: HAProxy runs what is wanted';
    return `${context.colors.green(done)}\n`;
  }
  const mend = action === 'adopt' ? ', which cannot become an intent' : '';
  return `this is left${mend}:\n${linesOf(drift, context)}`;
}

function linesOf(drift: readonly DriftItem[], { colors, now }: Pick<CliContext, 'colors' | 'now'>): string {
  return drift
    .map(({ kind, what, since, adoptable }) => {
      const how = adoptable ? '' : '; can only be reverted';
      return `${colors.red(kind)}: ${what}; noticed ${ago(now() - since)} ago${how}\n`;
    })
    .join('');
}
