/**
 * How many files a configuration can have open at once: both sides of each connection, each listener and each
 * server with its check; and some for logs, sockets and threads.
 */
export function descriptorsNeeded(size: {
  readonly connections: number;
  readonly listeners: number;
  readonly servers: number;
}): number {
  return 2 * size.connections + size.listeners + 2 * size.servers + 100;
}
