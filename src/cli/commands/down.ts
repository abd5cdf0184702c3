import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { controllerOf } from '../nodes/resolve.ts';
import type { WhereOptions } from '../options.ts';

/** Ends HAProxy and the controller of a state directory. */
export async function down(
  options: { readonly json: boolean } & WhereOptions,
  context: CliContext,
): Promise<ExitCode> {
  await call(await controllerOf(options, context), 'down');
  context.write(options.json ? toJson({ down: true }) : 'HAProxy and the controller have ended\n');
  return 0;
}
