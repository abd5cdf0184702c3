import type { ServerStatus, Status } from '../model/status.ts';

/** A server in one service. */
export interface Place {
  readonly service: string;
  readonly server: string;
}

export interface SeenServer extends ServerStatus {
  readonly service: string;
}

/** Every server of every service. */
export function allServers({ services }: Status): SeenServer[] {
  return services.flatMap(({ name: service, servers }) => servers.map((server) => ({ ...server, service })));
}

/** What the status says of some servers. One that is no longer declared is left out. */
export function seenServers(status: Status, places: readonly Place[]): SeenServer[] {
  return allServers(status).filter(({ service, name }) =>
    places.some((place) => place.service === service && place.server === name),
  );
}

/** Whether HAProxy sends it new requests. */
export function takesRequests({ state, weight }: ServerStatus): boolean {
  return weight !== 0 && (state === 'up' || state === 'going-down' || state === 'no-check');
}

/** Whether it gets no new request because somebody wants it so, and every worker of HAProxy knows. */
export function isOut({ state, weight, oldSenders }: ServerStatus): boolean {
  if (oldSenders !== undefined) return false;
  return state === 'drain' || state === 'maintenance' || (state !== 'unknown' && weight === 0);
}

/** Whether somebody still wants it out. */
export function isWantedOut({ intents }: ServerStatus): boolean {
  return intents.some(({ wish }) => wish.kind !== 'weight' || wish.weight === 0);
}
