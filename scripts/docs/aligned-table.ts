/** A table of Markdown with columns as wide as their widest cell, which is how pages are formatted here. */
export function alignedTable(
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const widths = heads.map((head, column) =>
    Math.max(3, head.length, ...rows.map((row) => String(row[column] ?? '').length)),
  );
  const line = (cells: readonly (string | number)[], fill = ' ') =>
    `| ${widths.map((width, column) => String(cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const rule = line(
    heads.map(() => ''),
    '-',
  );
  return [line(heads), rule, ...rows.map((row) => line(row))].join('\n');
}
