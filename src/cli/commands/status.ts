import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Status } from '../../model/status.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { statusTable } from '../status-table.ts';

export interface StatusOptions {
  readonly state: string;
  readonly watch: boolean;
  readonly json: boolean;
}

/** Shows services, servers and certificates. Exit code 1 when a service is down, so that scripts can ask. */
export async function status(options: StatusOptions, context: CliContext): Promise<ExitCode> {
  const socket = context.machine.controlSocket(options.state);
  if (options.watch) return await watch(socket, options.json, context);
  const seen = await ask(socket);
  context.write(options.json ? toJson(seen) : statusTable(seen, context.colors));
  return seen.services.some((service) => service.state === 'down') ? 1 : 0;
}

async function ask(socket: string): Promise<Status> {
  return await call(socket, 'status');
}

/** How often `--watch` asks, in milliseconds. */
const rhythm = 1_000;

/**
 * Until Ctrl-C. A terminal gets one table that is drawn again in place; a pipe or a file gets a table, or a line of
 * JSON, when something has changed.
 */
async function watch(socket: string, asJson: boolean, context: CliContext): Promise<never> {
  const { interactive, colors } = context;
  let drawn = '';
  let known = '';
  for (;;) {
    const seen = await ask(socket);
    const states = statesOf(seen);
    if (asJson) {
      if (states !== known) context.write(`${JSON.stringify(seen)}\n`);
    } else if (interactive || states !== known) {
      const table = statusTable(seen, colors);
      context.write(interactive ? `${eraser(drawn, context.columns)}${table}` : table);
      drawn = table;
    }
    known = states;
    await sleep(rhythm);
  }
}

/** What a person would call a change: not that a second has passed or that a session more is open. */
function statesOf({ process, services, dependencies, drift }: Status): string {
  return JSON.stringify([
    process?.pid,
    process?.digest,
    process?.drift,
    services.map(({ name, state, conditions, servers }) => [
      name,
      state,
      conditions,
      servers.map(({ state, weight, intents, rungs, advice }) => [
        state,
        weight,
        intents.map(({ id }) => id),
        rungs.map((rung) => rung.state),
        advice?.health,
      ]),
    ]),
    dependencies.map(({ name, watches }) => [name, watches.map(({ port, state }) => [port, state])]),
    drift.map(({ what }) => what),
  ]);
}

/** Moves back to where the text before was begun, and clears from there. */
function eraser(text: string, columns = 80): string {
  const lines = stripVTControlCharacters(text).split('\n').slice(0, -1);
  // The terminal breaks what is longer than it is wide.
  const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
  return rows === 0 ? '' : `\x1b[${rows}A\x1b[J`;
}
