import { hop } from '../../ir/hop.ts';
import type { AdminState } from '../../model/runtime-state.ts';
import type { Hands } from '../port.ts';
import type { Outline, OutlineServer } from './outline.ts';

/** One line of `show servers state`. */
export interface ServerStateRow {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly admin: AdminState;
  /** Checks, if there are any, say that it can serve. */
  readonly up: boolean;
  /** The weight that it was given, whatever slow start or checks make of it. */
  readonly weight: number;
  readonly cells: readonly string[];
}

/** A state file that says nothing. HAProxy warns about an empty one. */
export const noServerState = '1\n';

/** Bits of srv_admin_state, as the management manual gives them under "show servers state". */
const forcedMaintenance = 0x01;
/** `disabled` in the configuration. It stays set when the server is enabled at runtime, so alone it says nothing. */
const configuredMaintenance = 0x04;
const maintenanceBits = forcedMaintenance | 0x02 | 0x20;
const drainBits = 0x08 | 0x10;

/** @param bits srv_admin_state */
export function adminStateOf(bits: number): AdminState {
  if ((bits & maintenanceBits) !== 0) return 'maintenance';
  return (bits & drainBits) !== 0 ? 'drain' : 'ready';
}

interface Columns {
  at(name: string): number;
}

/** Reads the answer to `show servers state`, version 1 of its format; undefined for anything else. */
export function readServerStates(text: string): readonly ServerStateRow[] | undefined {
  return readTable(text)?.rows;
}

function readTable(text: string): { columns: Columns; rows: readonly ServerStateRow[] } | undefined {
  const [version, header, ...lines] = text.split('\n');
  if (version !== '1' || header === undefined || !header.startsWith('# ')) return undefined;
  const names = header.slice(2).split(' ');
  if (['be_name', 'srv_name', 'srv_admin_state'].some((wanted) => !names.includes(wanted))) return undefined;
  const places = new Map(names.map((name, index) => [name, index]));
  const columns: Columns = { at: (name) => places.get(name) ?? -1 };
  const rows = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): ServerStateRow => {
      const cells = line.split(' ');
      const cell = (name: string) => cells[columns.at(name)] ?? '';
      return {
        backend: cell('be_name'),
        name: cell('srv_name'),
        address: cell('srv_addr'),
        port: Number(cell('srv_port')),
        admin: adminStateOf(Number(cell('srv_admin_state'))),
        up: cell('srv_op_state') !== '0',
        weight: Number(cell('srv_uweight')),
        cells,
      };
    });
  return { columns, rows };
}

/**
 * The state that a new worker may inherit, from what the old one said.
 *
 * Only servers whose definition is the same in both configurations keep their state; the others start as if new: a
 * row carries the port, and whether TLS is used, of the old server, and HAProxy lets the row win over the
 * configuration (measured with 2.6: a changed port was ignored).
 *
 * Of a server that stays the same, its health is kept, and what somebody did to it by hand, so that a reload for
 * something else never puts back a server that was taken out. But what the configurations say differently of its
 * weight or maintenance is said by the new one, and with `dropped` hands all of it.
 */
export function inheritedState(answer: string, from: Outline, to: Outline, hands: Hands = 'kept'): string {
  const table = readTable(answer);
  if (table === undefined) return noServerState;
  const before = byPlace(from);
  const after = byPlace(to);
  const kept = table.rows.flatMap((row) => {
    const place = `${row.backend}/${row.name}`;
    const [old, next] = [before.get(place), after.get(place)];
    if (old === undefined || next === undefined || old.definition !== next.definition) return [];
    const line = inherit(row, table.columns, old, next, hands);
    return line === undefined ? [] : [line];
  });
  return [...answer.split('\n').slice(0, 2), ...kept, ''].join('\n');
}

/** The row for the new worker; undefined when it should start as if new. */
function inherit(
  row: ServerStateRow,
  columns: Columns,
  old: OutlineServer,
  next: OutlineServer,
  hands: Hands,
): string | undefined {
  const dropped = hands === 'dropped';
  let bits = Number(row.cells[columns.at('srv_admin_state')] ?? 0);
  if (dropped || old.disabled !== next.disabled)
    bits = next.disabled ? bits | forcedMaintenance : bits & ~maintenanceBits;
  // Its health was not looked at in maintenance, and HAProxy would wait for it.
  if (row.admin === 'maintenance' && (bits & maintenanceBits) === 0) return undefined;
  // Equal to the file, this bit says that nothing changed there; else HAProxy lets the file decide.
  bits = next.disabled ? bits | configuredMaintenance : bits & ~configuredMaintenance;
  const reweighed = dropped || old.weight !== next.weight;
  // Weight 0 is how the file says drain.
  if (dropped || (reweighed && (old.weight === 0 || next.weight === 0))) bits &= ~drainBits;
  const cells = [...row.cells];
  const set = (name: string, value: number | string) => {
    if (columns.at(name) >= 0) cells[columns.at(name)] = String(value);
  };
  set('srv_admin_state', bits);
  // HAProxy takes the weight of a row only if the row knows the weight of the file.
  if (reweighed) set('srv_uweight', next.weight);
  set('srv_iweight', next.weight);
  // Of an address that was changed by hand it would take the port alone.
  set('srv_addr', next.address);
  set('srv_port', next.port);
  return cells.join(' ');
}

function byPlace(outline: Outline): Map<string, OutlineServer> {
  // The server of the hop is HAProxy itself: it has no address to inherit, and is always to take requests.
  const servers = outline.servers.filter(({ backend }) => backend !== hop);
  return new Map(servers.map((server) => [`${server.backend}/${server.name}`, server]));
}
