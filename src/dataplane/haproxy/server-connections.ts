/** How many connections HAProxy has to one server. */
export interface ServerConnections {
  /** With a request under way. */
  readonly used: number;
  /** Kept for later requests. */
  readonly idle: number;
}

/** Reads the answer to `show servers conn`, by `backend/server`. Columns are found by their names. */
export function readServerConnections(text: string): ReadonlyMap<string, ServerConnections> {
  const [header = '', ...lines] = text.split('\n');
  const columns = header.replace(/^# /, '').split(' ');
  const usedAt = columns.indexOf('used_cur');
  const idleAt = columns.indexOf('idle_cur');
  const found = new Map<string, ServerConnections>();
  if (usedAt < 0 || idleAt < 0) return found;
  for (const line of lines) {
    const cells = line.split(' ');
    const [place] = cells;
    if (place === undefined || place === '') continue;
    found.set(place, { used: Number(cells[usedAt] ?? 0), idle: Number(cells[idleAt] ?? 0) });
  }
  return found;
}
