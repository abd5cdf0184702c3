import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';

/** Ends HAProxy and the controller of a state directory. */
export async function down(
  options: { readonly state: string; readonly json: boolean },
  context: CliContext,
): Promise<ExitCode> {
  await call(context.machine.controlSocket(options.state), 'down');
  context.write(options.json ? toJson({ down: true }) : 'HAProxy and the controller have ended\n');
  return 0;
}
