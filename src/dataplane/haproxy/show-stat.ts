/** Which rows `show stat` is asked for: 1 for frontends, 2 for backends, 4 for servers, and sums of these. */
export const servers = '4';
export const frontendsAndServers = '5';
export const frontendsAndBackends = '3';

/** One line of HAProxy's statistics by the names of the columns; columns without a value are absent. */
export interface StatRow {
  get(column: string): string | undefined;
}

/**
 * Reads the answer to `show stat`. Columns are found by their names in the header, because every version adds
 * some. Undefined when there is no header.
 */
export function readStatistics(text: string): readonly StatRow[] | undefined {
  if (!text.startsWith('# ')) return undefined;
  const [header = [], ...rows] = readCsv(text.slice(2));
  const columns = new Map(header.map((name, index) => [name, index]));
  return rows.map((cells) => ({
    get(column) {
      const index = columns.get(column);
      const value = index === undefined ? undefined : cells[index];
      return value === '' ? undefined : value;
    },
  }));
}

/** Comma-separated values with RFC 4180 quoting, as HAProxy writes them: a quote in a quoted value is doubled. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end < 0 ? text.length : end);
    // Thousands of servers have hundreds of thousands of cells, nearly all of them in lines without a quote.
    if (!line.includes('"')) {
      if (line !== '') rows.push(line.split(','));
      from += line.length + 1;
      continue;
    }
    const quoted = readQuoted(text, from);
    if (quoted === undefined) return rows;
    rows.push(quoted.row);
    from = quoted.end;
  }
  return rows;
}

/** One row that has a quote somewhere; a quoted value may hold line feeds. */
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
