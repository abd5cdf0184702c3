/** What the limits of a frontend are called in HAProxy. Names of services hold no full stop, so none is taken twice. */

/**
 * The variable that holds how many connections one source may have at a frontend: a variable, so that it can be
 * changed without a reload. Names of frontends never hold an underscore, and those of variables no hyphen.
 */
export function sourceShareVariable(frontend: string): string {
  return `proc.source_share.${frontend.replaceAll('-', '_')}`;
}

/** The table with what each source asked for; it stands in the frontend itself. */
export function sourceTable(frontend: string): string {
  return frontend;
}

/** The table with the requests that each source has under way. */
export function inFlightTable(frontend: string): string {
  return `${frontend}.in-flight`;
}

/** The table with what each OAuth client asked for. */
export function clientTable(frontend: string): string {
  return `${frontend}.clients`;
}

/**
 * Sources or clients that a table of a frontend remembers at a time; the oldest is forgotten first. Those with an open
 * connection always fit, and as many again.
 */
export function limitEntries(maxConnections: number): number {
  return Math.min(100_000, Math.max(1_000, 2 * maxConnections));
}
