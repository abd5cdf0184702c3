import { deleteServer } from './delete-server.ts';
import type { Outline } from './outline.ts';
import type { ServerStateRow } from './server-state.ts';

/**
 * Deletes servers that were removed while they had connections: those in maintenance that stand in no configuration
 * that counts. What HAProxy does not delete yet is tried again by the next sweep.
 */
export async function sweepServers(
  socket: string,
  rows: readonly ServerStateRow[],
  configured: readonly Outline[],
): Promise<void> {
  const kept = new Set(
    configured.flatMap(({ servers }) => servers.map(({ backend, name }) => `${backend}/${name}`)),
  );
  for (const row of rows) {
    if (!kept.has(`${row.backend}/${row.name}`)) await deleteServer(socket, row);
  }
}
