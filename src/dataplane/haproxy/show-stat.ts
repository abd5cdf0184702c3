import { Cells, type Row } from './cells.ts';

/** Which rows `show stat` is asked for: 1 for frontends, 2 for backends, 4 for servers, and sums of these. */
export const servers = '4';
export const everything = '7';

/** In the column `type`; 0 and 1 are frontend and backend, 3 a listener. */
const server = 2;

export function isServer(row: Row): boolean {
  return row.number('type') === server;
}

/** Reads the answer to `show stat`, up to the first line that is not whole. Undefined when there is no header. */
export function readStatistics(answer: string | Buffer): readonly Row[] | undefined {
  const cells = Cells.ofStatistics(Buffer.from(answer));
  if (cells === undefined) return undefined;
  const rows: Row[] = [];
  while (cells.next()) rows.push(cells.keep());
  return rows;
}
