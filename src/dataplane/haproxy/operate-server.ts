import { effectiveWeight } from '../../ir/haproxy.ts';
import type { Failure } from '../../kernel/failure.ts';
import { ok, type Result } from '../../kernel/result.ts';
import type { RuntimeOperation } from '../../plan/operation.ts';
import { dynamicServerWords } from '../../render/dynamic-server.ts';
import { deleteServer } from './delete-server.ts';
import { command } from './runtime-socket.ts';
import { readServerStates } from './server-state.ts';
import { tell, tellAll } from './tell.ts';
import { nameWord, numberWord } from './words.ts';

type Operation<Kind extends RuntimeOperation['kind']> = Extract<RuntimeOperation, { kind: Kind }>;

/** The weight is right before a server gets its first request, and a server that is taken out is out at once. */
export function setAdmin(
  socket: string,
  { backend, server, admin, weight }: Operation<'set-server-admin'>,
): Promise<Result<void, Failure>> {
  const place = `${nameWord(backend)}/${nameWord(server)}`;
  const setWeight = ['set', 'server', place, 'weight', numberWord(effectiveWeight({ admin, weight }))];
  const setState = ['set', 'server', place, 'state', admin === 'maintenance' ? 'maint' : 'ready'];
  const sequence = admin === 'maintenance' ? [setState, setWeight] : [setWeight, setState];
  return tellAll(socket, `server ${place}`, sequence);
}

/** Adds a server with its checks on; it gets requests at once unless it is in maintenance. */
export async function addServer(
  socket: string,
  { backend, server }: Operation<'add-server'>,
): Promise<Result<void, Failure>> {
  const words = dynamicServerWords(backend, server);
  const place = `${nameWord(backend.name)}/${nameWord(server.name)}`;
  const what = `server ${place}`;
  const add = ['add', 'server', ...words];
  let added = await tell(socket, what, add);
  // One of the same name that was removed may be left; HAProxy deletes it only if nothing uses it any more.
  if (!added.ok && (await deleteLeftOver(socket, backend.name, server.name)))
    added = await tell(socket, what, add);
  if (!added.ok) return added;
  const begin = [['enable', 'health', place]];
  if (server.admin !== 'maintenance') begin.push(['enable', 'server', place]);
  const begun = await tellAll(socket, what, begin);
  if (!begun.ok)
    await removeServer(socket, { kind: 'remove-server', backend: backend.name, server: server.name });
  return begun;
}

/** No request comes any more when this is done. The entry goes at once or, when requests are under way, with a sweep. */
export async function removeServer(
  socket: string,
  { backend, server }: Operation<'remove-server'>,
): Promise<Result<void, Failure>> {
  const place = `${nameWord(backend)}/${nameWord(server)}`;
  const out = await tell(socket, `server ${place}`, ['set', 'server', place, 'state', 'maint']);
  if (!out.ok) return out;
  await command(socket, ['del', 'server', place]);
  return ok(undefined);
}

async function deleteLeftOver(socket: string, backend: string, server: string): Promise<boolean> {
  const shown = await command(socket, ['show', 'servers', 'state', backend]);
  const rows = shown.ok ? readServerStates(shown.value) : undefined;
  const row = rows?.find(({ name }) => name === server);
  return row !== undefined && (await deleteServer(socket, row));
}
