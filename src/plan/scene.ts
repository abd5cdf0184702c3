import type { BindIr, HaproxyIr } from '../ir/haproxy.ts';
import type { RuntimeState } from '../model/runtime-state.ts';
import { counted, place, spelledTime } from './words.ts';

/** What is known about the HAProxy that the plan is for. */
export interface Observed {
  /** Absent: unknown, and effects are told without numbers. */
  readonly state?: RuntimeState;
}

/** What the HAProxy in use can do, by its version. */
export interface EngineAbilities {
  /** Whether a server that is added at runtime can have a cookie value: since HAProxy 3.0. */
  readonly dynamicCookie: boolean;
}

/** All that the parts of a plan look at besides the thing they are about. */
export interface Scene {
  readonly current: HaproxyIr;
  readonly desired: HaproxyIr;
  readonly abilities: EngineAbilities;
  /** What a reload does to connections. */
  readonly reload: string;
  /** Requests that a server works on; undefined when unknown. */
  requests(backend: string, server: string): number | undefined;
  /** Whether any frontend has this address and port bound now, and whether one will. */
  isBound(bind: BindIr): { readonly before: boolean; readonly after: boolean };
  /** Whether binding or closing this address is in the way of, or makes way for, another one on the same port. */
  isDisturbed(bind: BindIr): boolean;
}

export function sceneOf(
  current: HaproxyIr,
  desired: HaproxyIr,
  { state }: Observed,
  abilities: EngineAbilities,
): Scene {
  const requests = new Map(
    state?.servers.map(({ backend, name, sessions }) => [`${backend}/${name}`, sessions]),
  );
  const [before, after] = [boundPlaces(current), boundPlaces(desired)];
  const [closed, opened] = [only(before, after), only(after, before)];
  return {
    current,
    desired,
    abilities,
    reload: reloadEffect(current, state),
    requests: (backend, server) => requests.get(`${backend}/${server}`),
    isBound: (bind) => ({ before: before.has(place(bind)), after: after.has(place(bind)) }),
    isDisturbed: (bind) => (opened.places.has(place(bind)) ? closed : opened).excludes(bind),
  };
}

function reloadEffect(current: HaproxyIr, state: RuntimeState | undefined): string {
  const limit = spelledTime(current.global.hardStopAfter);
  const begin = 'new connections go to a new process at once';
  if (state === undefined) return `${begin}; those of now finish on the old one, up to ${limit}`;
  const ours = new Set(current.frontends.map(({ name }) => name));
  const open = state.frontends
    .filter(({ name }) => ours.has(name))
    .reduce((sum, { sessions }) => sum + sessions, 0);
  if (open === 0) return `${begin}; no connection is open now`;
  return `${begin}; ${counted(open, 'connection')} of now ${open === 1 ? 'finishes' : 'finish'} on the old one, up to ${limit}`;
}

type Places = ReadonlyMap<string, BindIr>;

function boundPlaces({ frontends }: HaproxyIr): Places {
  return new Map(frontends.flatMap(({ binds }) => binds.map((bind) => [place(bind), bind])));
}

/** The addresses that are bound on one side only. */
function only(these: Places, others: Places) {
  const places = new Map([...these].filter(([name]) => !others.has(name)));
  const ports = new Set<string>();
  const wildcards = new Set<string>();
  for (const bind of places.values()) (isWildcard(bind) ? wildcards : ports).add(familyPort(bind));
  return {
    places,
    /** A wildcard takes every address of its family on that port, so a single one cannot be bound beside it. */
    excludes: (bind: BindIr) => (isWildcard(bind) ? ports : wildcards).has(familyPort(bind)),
  };
}

function isWildcard({ address }: BindIr): boolean {
  return address === '0.0.0.0' || address === '::';
}

function familyPort({ address, port }: BindIr): string {
  return `${address.includes(':') ? 'IPv6' : 'IPv4'} ${port}`;
}
