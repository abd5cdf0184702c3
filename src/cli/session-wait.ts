import type { Status } from '../model/status.ts';
import { sessionWords } from './intent-words.ts';
import { type Patience, poll } from './poll.ts';
import { isOut, isWantedOut, type Place, type SeenServer, seenServers } from './seen-servers.ts';

/** How the waiting for the last session ended. */
export type Drained =
  /** No session is left, and none can begin. */
  | { readonly kind: 'empty' }
  /** @property open whole words: what is still open */
  | { readonly kind: 'deadline'; readonly open: string }
  /** Somebody let requests go there again. */
  | { readonly kind: 'enabled'; readonly server: SeenServer }
  | { readonly kind: 'interrupted' };

/**
 * Waits until servers that were taken out have no session left.
 * @param onCount told what is open after each look
 */
export async function waitForSessions(
  places: readonly Place[],
  patience: Patience,
  onCount: (text: string) => void,
): Promise<Drained> {
  const polled = await poll<Drained>(patience, (status) => {
    const servers = seenServers(status, places);
    const enabled = servers.find((server) => !isWantedOut(server));
    if (enabled !== undefined) return { kind: 'enabled', server: enabled };
    onCount(openWords(status, places));
    // One that HAProxy does not know yet, or that still takes requests, may get a session after this look.
    return servers.every((server) => isOut(server) && server.sessions === 0) ? { kind: 'empty' } : undefined;
  });
  switch (polled.kind) {
    case 'found':
      return polled.value;
    case 'deadline':
      return { kind: 'deadline', open: openWords(polled.last, places) };
    case 'interrupted':
      return polled;
  }
}

/** `live-apis/api-1: 3 sessions, live-apps/api-1: 1 session`; only those that are not done, when there are such. */
export function openWords(status: Status, places: readonly Place[]): string {
  const servers = seenServers(status, places);
  const open = servers.filter((server) => !isOut(server) || server.sessions !== 0);
  return (open.length === 0 ? servers : open).map(words).join(', ');
}

function words(server: SeenServer): string {
  const name = `${server.service}/${server.name}`;
  if (server.state === 'unknown') return `${name}: HAProxy does not say`;
  const count = sessionWords(server.sessions ?? 0);
  if (isOut(server)) return `${name}: ${count}`;
  return server.oldSenders === undefined
    ? `${name}: ${count}, and it still takes requests`
    : `${name}: ${count}, and a worker from before the last reload may still send it requests`;
}
