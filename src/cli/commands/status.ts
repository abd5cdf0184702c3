import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../model/status.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { statusTable } from '../status-table.ts';

/** How often `--watch` asks, in milliseconds. */
const rhythm = 1_000;

/** Shows services, servers and certificates. Exit code 1 when a service is down, so that scripts can ask. */
export async function status(
  options: { readonly state: string; readonly watch: boolean; readonly json: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const socket = context.machine.controlSocket(options.state);
  for (;;) {
    const seen = (await call(socket, 'status')) as Status;
    if (options.json) context.write(options.watch ? `${JSON.stringify(seen)}\n` : toJson(seen));
    else
      context.write(
        `${options.watch && context.interactive ? clearScreen : ''}${statusTable(seen, context.colors)}`,
      );
    if (!options.watch) return seen.services.some((service) => service.state === 'down') ? 1 : 0;
    await sleep(rhythm);
  }
}

/** Home, and clear to the end: the table stays in place instead of scrolling. */
const clearScreen = '\x1b[H\x1b[J';
