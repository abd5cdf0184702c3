import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Status } from '../../model/status.ts';
import { type ControllerPlace, call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { lookAtPair } from '../nodes/pair-status.ts';
import { nodesOf } from '../nodes/resolve.ts';
import type { WhereOptions } from '../options.ts';
import type { Look } from '../status-look.ts';
import { statesOf, statusTable } from '../status-table.ts';

export interface StatusOptions extends WhereOptions {
  readonly watch: boolean;
  readonly json: boolean;
}

/**
 * Shows services, servers and certificates; of several nodes also what they have in common. Exit code 1 when a
 * service is down, or the nodes are not alike, so that scripts can ask.
 */
export async function status(options: StatusOptions, context: CliContext): Promise<ExitCode> {
  const nodes = await nodesOf(options, context);
  const place = nodes[0] ?? context.machine.controlSocket(options.state);
  const look = nodes.length > 1 ? () => lookAtPair(nodes, context) : () => lookAt(place, context);
  if (options.watch) return await watch(look, options.json, context);
  const { json, table, code } = await look();
  context.write(options.json ? toJson(json) : table);
  return code;
}

async function lookAt(place: ControllerPlace, { colors }: CliContext): Promise<Look> {
  const seen: Status = await call(place, 'status');
  return {
    json: seen,
    table: statusTable(seen, colors),
    states: statesOf(seen),
    code: seen.services.some((service) => service.state === 'down') ? 1 : 0,
  };
}

/** How often `--watch` asks, in milliseconds. */
const rhythm = 1_000;

/**
 * Until Ctrl-C. A terminal gets one table that is drawn again in place; a pipe or a file gets a table, or a line of
 * JSON, when something has changed.
 */
async function watch(look: () => Promise<Look>, asJson: boolean, context: CliContext): Promise<never> {
  const { interactive } = context;
  let drawn = '';
  let known = '';
  for (;;) {
    const { json, table, states } = await look();
    if (asJson) {
      if (states !== known) context.write(`${JSON.stringify(json)}\n`);
    } else if (interactive || states !== known) {
      context.write(interactive ? `${eraser(drawn, context.columns)}${table}` : table);
      drawn = table;
    }
    known = states;
    await sleep(rhythm);
  }
}

/** Moves back to where the text before was begun, and clears from there. */
function eraser(text: string, columns = 80): string {
  const lines = stripVTControlCharacters(text).split('\n').slice(0, -1);
  // The terminal breaks what is longer than it is wide.
  const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
  return rows === 0 ? '' : `\x1b[${rows}A\x1b[J`;
}
