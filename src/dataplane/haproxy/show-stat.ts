/** One line of HAProxy's statistics by the names of the columns; columns without a value are left out. */
export type StatRow = ReadonlyMap<string, string>;

/**
 * Reads the answer to `show stat`. Columns are found by their names in the header, because every version adds
 * some. Undefined when there is no header.
 */
export function readStatistics(text: string): readonly StatRow[] | undefined {
  if (!text.startsWith('# ')) return undefined;
  const [header = [], ...rows] = readCsv(text.slice(2));
  return rows.map((row) => {
    const cells = row.map((value, index): [string, string] => [header[index] ?? '', value]);
    return new Map(cells.filter(([name, value]) => name !== '' && value !== ''));
  });
}

/** Comma-separated values with RFC 4180 quoting, as HAProxy writes them: a quote in a quoted value is doubled. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/y;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (match === null) return rows;
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
