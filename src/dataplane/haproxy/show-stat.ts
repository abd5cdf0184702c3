/** Which rows `show stat` is asked for: 1 for frontends, 2 for backends, 4 for servers, and sums of these. */
export const servers = '4';
export const everything = '7';

/** One line of HAProxy's statistics by the names of the columns; columns without a value are absent. */
export interface StatRow {
  get(column: string): string | undefined;
}

/** A number of a row; a column that is empty, or that this version does not have, counts as 0. */
export function count(row: StatRow, column: string): number {
  return Number(row.get(column) ?? 0);
}

/**
 * Reads the answer to `show stat`. Columns are found by their names in the header, because every version adds
 * some. Undefined when there is no header.
 */
export function readStatistics(text: string): readonly StatRow[] | undefined {
  if (!text.startsWith('# ')) return undefined;
  const end = text.indexOf('\n');
  const columns = columnsOf(text.slice(2, end < 0 ? text.length : end));
  const rows: StatRow[] = [];
  const quoteFrom = (from: number) => {
    const found = text.indexOf('"', from);
    return found < 0 ? text.length : found;
  };
  let quote = quoteFrom(0);
  for (let from = end < 0 ? text.length : end + 1; from < text.length; ) {
    const line = text.indexOf('\n', from);
    const to = line < 0 ? text.length : line;
    // A quoted value may hold commas and ends of lines.
    if (quote < from) quote = quoteFrom(from);
    if (quote < to) {
      const quoted = readQuoted(text, from);
      if (quoted === undefined) return rows;
      rows.push(rowOfCells(quoted.row, columns));
      from = quoted.end;
    } else {
      if (to > from) rows.push(new PlainRow(text.slice(from, to), columns));
      from = to + 1;
    }
  }
  return rows;
}

/** Answers about one pool each are thousands, all with the header of the one HAProxy that runs. */
let latest = { header: '', columns: new Map<string, number>() };

function columnsOf(header: string): ReadonlyMap<string, number> {
  if (latest.header !== header)
    latest = { header, columns: new Map(header.split(',').map((name, index) => [name, index])) };
  return latest.columns;
}

function rowOfCells(cells: readonly string[], columns: ReadonlyMap<string, number>): StatRow {
  return {
    get(column) {
      const index = columns.get(column);
      const value = index === undefined ? undefined : cells[index];
      return value === '' ? undefined : value;
    },
  };
}

/** A line without a quote. It is cut only where it is asked: of a hundred columns, hardly a dozen are. */
class PlainRow implements StatRow {
  /** The row that was asked last, and where its columns begin, as far as they were passed: one is asked after the other. */
  static #latest: PlainRow | undefined;
  static readonly #begins = [0];
  readonly #line: string;
  readonly #columns: ReadonlyMap<string, number>;

  constructor(line: string, columns: ReadonlyMap<string, number>) {
    this.#line = line;
    this.#columns = columns;
  }

  get(column: string): string | undefined {
    const index = this.#columns.get(column);
    if (index === undefined) return undefined;
    const line = this.#line;
    const begins = PlainRow.#begins;
    if (PlainRow.#latest !== this) begins.length = 1;
    PlainRow.#latest = this;
    for (let last = begins.at(-1) ?? 0; begins.length <= index + 1 && last <= line.length; ) {
      const comma = line.indexOf(',', last);
      last = (comma < 0 ? line.length : comma) + 1;
      begins.push(last);
    }
    const [begin, next] = [begins[index], begins[index + 1]];
    return begin === undefined || next === undefined || next - begin < 2
      ? undefined
      : line.slice(begin, next - 1);
  }
}

/** One row that has a quote somewhere, as in RFC 4180: a quote in a quoted value is doubled. */
function readQuoted(text: string, from: number): { row: string[]; end: number } | undefined {
  const row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/y;
  cell.lastIndex = from;
  for (;;) {
    const match = cell.exec(text);
    if (match === null) return undefined;
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] !== ',') return { row, end: cell.lastIndex };
  }
}
