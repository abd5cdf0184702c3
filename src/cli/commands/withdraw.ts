import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { controllerOf } from '../nodes/resolve.ts';
import type { WhereOptions } from '../options.ts';

export interface AnnounceOptions extends WhereOptions {
  readonly author?: string | undefined;
  readonly json: boolean;
}

export interface WithdrawOptions extends AnnounceOptions {
  readonly reason?: string | undefined;
}

/** Takes one node out of those that announce the addresses, until `aorta announce`. */
export async function withdraw(options: WithdrawOptions, context: CliContext): Promise<ExitCode> {
  const { reason, author = context.user } = options;
  const place = await controllerOf(options, context);
  const { took } = await call(place, 'withdraw', { author, ...(reason === undefined ? {} : { reason }) });
  if (options.json) context.write(toJson({ took }));
  else {
    const back = 'until `aorta announce`, also after a restart';
    context.write(`${context.colors.green('withdrawn')}: no router is told of its addresses, ${back}\n`);
  }
  return 0;
}

/** Lets a node announce its addresses again. */
export async function announce(options: AnnounceOptions, context: CliContext): Promise<ExitCode> {
  const place = await controllerOf(options, context);
  const { announced } = await call(place, 'announce', { author: options.author ?? context.user });
  if (options.json) context.write(toJson({ announced }));
  else if (announced)
    context.write(`${context.colors.green('done')}: it announces its addresses as long as HAProxy serves\n`);
  else context.write('nothing to do: it was not withdrawn\n');
  return 0;
}
