import type { Clock } from '../../kernel/clock.ts';
import type { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { RuntimeOperation } from '../../plan/operation.ts';
import { command } from './runtime-socket.ts';
import { readServerConnections } from './server-connections.ts';
import { readServerStates, type ServerStateRow } from './server-state.ts';
import { operateFailed, tell, tellAll } from './tell.ts';
import { addressWord, nameWord, portWord } from './words.ts';

/** How long requests to the old address may take to end before a reload is better. */
const patience = 5_000;

/**
 * Sends a server's requests somewhere else.
 *
 * HAProxy closes idle connections to the old address, but one that carries a request at that moment is kept and
 * used again afterwards (measured with 2.6: 39 of the next 100 requests still went to the old address). So the
 * server takes no requests until those under way have ended; others of its pool do meanwhile. When there is no
 * other, or they take too long, this fails, and a reload is what does it properly. One that is down gets none anyway.
 */
export async function setAddress(
  socket: string,
  { backend, server, address, port }: Extract<RuntimeOperation, { kind: 'set-server-address' }>,
  clock: Clock,
): Promise<Result<void, Failure>> {
  const place = `${nameWord(backend)}/${nameWord(server)}`;
  const what = `address of ${place}`;
  const words = ['set', 'server', place, 'addr', addressWord(address), 'port', portWord(port)];
  const shown = await tell(socket, what, ['show', 'servers', 'state', backend]);
  if (!shown.ok) return shown;
  const rows = readServerStates(shown.value) ?? [];
  const mine = rows.find(({ name }) => name === server);
  if (mine === undefined) return err(operateFailed(`${what}: HAProxy does not know the server`));
  if (mine.up && mine.admin !== 'maintenance' && !rows.some((row) => row !== mine && takesRequests(row)))
    return err(operateFailed(`${what}: no other server could take its requests meanwhile`));
  const out = await tellAll(socket, what, [['set', 'server', place, 'state', 'maint']]);
  if (!out.ok) return out;
  const moved = (await isQuiet(socket, place, clock))
    ? await move(socket, what, words)
    : err(operateFailed(`${what}: requests to the old address did not end within ${patience / 1_000} s`));
  if (mine.admin === 'maintenance') return moved;
  const state = mine.admin === 'drain' ? 'drain' : 'ready';
  const back = await tellAll(socket, what, [['set', 'server', place, 'state', state]]);
  return moved.ok ? back : moved;
}

function takesRequests({ admin, up, weight }: ServerStateRow): boolean {
  return admin === 'ready' && up && weight > 0;
}

async function isQuiet(socket: string, place: string, clock: Clock): Promise<boolean> {
  const deadline = clock.now() + patience;
  for (;;) {
    const shown = await command(socket, ['show', 'servers', 'conn', place.slice(0, place.indexOf('/'))]);
    if (shown.ok && readServerConnections(shown.value).get(place)?.used === 0) return true;
    if (clock.now() >= deadline) return false;
    await clock.sleep(10);
  }
}

async function move(socket: string, what: string, words: readonly string[]): Promise<Result<void, Failure>> {
  const answer = await tell(socket, what, words);
  if (!answer.ok) return answer;
  // HAProxy says it with the severity of a warning whether it did it or not.
  if (/^(?:IP changed|port changed|no need|nothing changed)/.test(answer.value)) return ok(undefined);
  return err(operateFailed(`${what}: HAProxy refused: ${answer.value.trim()}`));
}
