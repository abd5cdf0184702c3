import { command } from './runtime-socket.ts';
import { readServerConnections } from './server-connections.ts';
import type { ServerStateRow } from './server-state.ts';

/**
 * Deletes a server that was removed and is in maintenance; gives false while requests are under way.
 *
 * Maintenance closes idle connections when it begins, but one whose request ends later becomes idle again and would
 * keep the server for as long as it is kept itself, which is minutes (measured with 2.6). Another address
 * closes them; nothing is ever sent there.
 */
export async function deleteServer(
  socket: string,
  { backend, name, admin, address, port }: ServerStateRow,
): Promise<boolean> {
  if (admin !== 'maintenance') return false;
  const place = `${backend}/${name}`;
  const remove = async () => (await command(socket, ['del', 'server', place])).ok;
  if (await remove()) return true;
  const shown = await command(socket, ['show', 'servers', 'conn', backend]);
  const connections = shown.ok ? readServerConnections(shown.value).get(place) : undefined;
  if (connections === undefined || connections.used > 0 || connections.idle === 0) return false;
  await command(socket, ['set', 'server', place, 'addr', address, 'port', port === 1 ? '2' : '1']);
  return remove();
}
