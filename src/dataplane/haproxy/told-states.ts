import type { AdminState } from '../../model/runtime-state.ts';
import { Cells, type Row } from './cells.ts';
import { adminStateOf } from './server-state.ts';

/** What was told of one server with `set server`, or is written in the file. */
export interface ToldState {
  readonly admin: AdminState;
  /** The weight that it was given, whatever slow start or checks make of it. */
  readonly weight: number;
}

/**
 * What `show servers state` says besides the statistics. Both have the servers in the same order, so that the next line is
 * mostly the right one, and nothing has to be found.
 */
export class ToldStates {
  readonly #cells: Cells;
  /** Once the order was another; by backend and name. */
  #others: Map<string, ToldState> | undefined;

  private constructor(cells: Cells) {
    this.#cells = cells;
  }

  /** Undefined when it is not what HAProxy answers. */
  static of(answer: Buffer): ToldStates | undefined {
    const cells = Cells.ofServerStates(answer);
    const columns = ['be_name', 'srv_name', 'srv_admin_state'];
    return cells !== undefined && columns.every((column) => cells.has(column))
      ? new ToldStates(cells)
      : undefined;
  }

  /** Of one server after the other, in the order of the statistics. Undefined for one that is not in it. */
  next(backend: string, name: string): ToldState | undefined {
    const cells = this.#cells;
    if (this.#others === undefined) {
      if (cells.next() && cells.is('be_name', backend) && cells.is('srv_name', name)) return read(cells);
      this.#others = new Map();
      do {
        const [otherBackend, otherName] = [cells.get('be_name'), cells.get('srv_name')];
        if (otherBackend !== undefined) this.#others.set(`${otherBackend}/${otherName ?? ''}`, read(cells));
      } while (cells.next());
    }
    return this.#others.get(`${backend}/${name}`);
  }
}

function read(row: Row): ToldState {
  return { admin: adminStateOf(row.number('srv_admin_state')), weight: row.number('srv_uweight') };
}
