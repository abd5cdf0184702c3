import type { AdminState } from '../../model/runtime-state.ts';
import type { Outline } from './outline.ts';

/** One line of `show servers state`. */
export interface ServerStateRow {
  readonly backend: string;
  readonly name: string;
  readonly admin: AdminState;
  readonly line: string;
}

/** A state file that says nothing. HAProxy warns about an empty one. */
export const noServerState = '1\n';

/** Bits of srv_admin_state, as the management manual gives them under "show servers state". */
const maintenanceBits = 0x01 | 0x02 | 0x04 | 0x20;
const drainBits = 0x08 | 0x10;

/** Reads the answer to `show servers state`, version 1 of its format; undefined for anything else. */
export function readServerStates(text: string): readonly ServerStateRow[] | undefined {
  const [version, header, ...lines] = text.split('\n');
  if (version !== '1' || header === undefined || !header.startsWith('# ')) return undefined;
  const columns = header.slice(2).split(' ');
  const [backendAt, nameAt, adminAt] = ['be_name', 'srv_name', 'srv_admin_state'].map((name) =>
    columns.indexOf(name),
  );
  if (backendAt === undefined || nameAt === undefined || adminAt === undefined) return undefined;
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const cells = line.split(' ');
      const bits = Number(cells[adminAt] ?? 0);
      const admin =
        (bits & maintenanceBits) !== 0 ? 'maintenance' : (bits & drainBits) !== 0 ? 'drain' : 'ready';
      return { backend: cells[backendAt] ?? '', name: cells[nameAt] ?? '', admin, line };
    });
}

/**
 * The state that a new worker may inherit, from what the old one said.
 *
 * A row carries the port, and whether TLS is used, of the old server, and HAProxy lets the row win over the
 * configuration (measured with 2.6: a changed port was ignored). So only servers whose definition is the same in
 * both configurations keep their state; the others start as if new.
 */
export function inheritedState(answer: string, from: Outline, to: Outline): string {
  const rows = readServerStates(answer);
  if (rows === undefined) return noServerState;
  const before = definitions(from);
  const after = definitions(to);
  const kept = rows.filter(({ backend, name }) => {
    const key = `${backend}/${name}`;
    return before.has(key) && before.get(key) === after.get(key);
  });
  return [...answer.split('\n').slice(0, 2), ...kept.map(({ line }) => line), ''].join('\n');
}

function definitions(outline: Outline): Map<string, string> {
  return new Map(outline.servers.map(({ backend, name, definition }) => [`${backend}/${name}`, definition]));
}
