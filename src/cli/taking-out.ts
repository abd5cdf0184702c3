import type { IntentInForce } from '../contract/answers.ts';
import type { IntentRequest } from '../contract/operations.ts';
import { Bug } from '../kernel/bug.ts';
import type { Duration } from '../model/duration.ts';
import type { IntentWish } from '../model/intent.ts';
import { type ControllerPlace, call } from './client.ts';
import type { CliContext } from './context.ts';
import { sessionWords, targetWords } from './intent-words.ts';
import { localTime } from './local-time.ts';
import type { EachOptions } from './nodes/on-each.ts';
import { type WhereOptions, whereHint } from './options.ts';
import { seenServers } from './seen-servers.ts';
import type { Drained } from './session-wait.ts';

export interface WishOptions extends EachOptions {
  readonly service?: string | undefined;
  /** How long it lasts, in milliseconds; absent: until somebody ends it. */
  readonly for?: Duration | undefined;
  readonly force: boolean;
  readonly reason: string;
  readonly author?: string | undefined;
}

export interface TakeOutOptions extends WishOptions {
  readonly wait: boolean;
  readonly deadline: Duration;
}

/** What is in force because of a wish, and everything else about its target. */
export interface Granted {
  readonly mine: IntentInForce;
  readonly intents: readonly IntentInForce[];
}

/** Puts a wish about a host or a server in force at one controller. */
export async function intend(
  controller: ControllerPlace,
  wish: IntentWish,
  target: string,
  options: WishOptions,
  { user }: Pick<CliContext, 'user'>,
): Promise<Granted> {
  const request: IntentRequest = {
    wish,
    target,
    ...(options.service === undefined ? {} : { service: options.service }),
    ...(options.for === undefined ? {} : { duration: options.for }),
    ...(options.force ? { force: true } : {}),
    author: options.author ?? user,
    reason: options.reason,
  };
  const { intents } = await call(controller, 'intend', request);
  // Numbers only grow, so the newest of this kind is the one that was just made.
  const [mine] = intents.filter((one) => one.wish.kind === wish.kind).sort((a, b) => b.id - a.id);
  if (mine === undefined) throw new Bug('the controller granted a wish that is not in force');
  return { mine, intents };
}

export interface OpenSessions {
  readonly service: string;
  readonly server: string;
  /** Absent when HAProxy does not know the server. */
  readonly sessions: number | undefined;
}

/** The sessions that are open on what was taken out. */
export async function sessionsOf(
  controller: ControllerPlace,
  { servers }: IntentInForce,
): Promise<readonly OpenSessions[]> {
  const status = await call(controller, 'status');
  return seenServers(status, servers).map(({ service, name, sessions }) => ({
    service,
    server: name,
    sessions,
  }));
}

/** `api-1 drained (intent 2): live-apis/api-1 (2 sessions open)`. */
export function takenOutWords(mine: IntentInForce, sessions: readonly OpenSessions[]): string {
  const open = sessions.map((one) => `${one.service}/${one.server} (${openNow(one.sessions)})`);
  return `${headOf(mine)}: ${open.join(', ')}`;
}

/** `api-1 drained (intent 2)`. */
export function headOf({ id, wish, target, until }: IntentInForce): string {
  const end = until === undefined ? '' : ` until ${localTime(until)}`;
  const done =
    wish.kind === 'drain'
      ? 'drained'
      : wish.kind === 'maintenance'
        ? 'in maintenance'
        : `weight ${wish.weight}`;
  return `${targetWords(target)} ${done}${end} (intent ${id})`;
}

function openNow(sessions: number | undefined): string {
  return sessions === undefined ? 'HAProxy does not know it' : `${sessionWords(sessions)} open`;
}

export function safeWords({ target }: IntentInForce): string {
  const where = target.kind === 'server' && target.service !== undefined ? target.service : 'any service';
  const name = target.kind === 'host' ? target.host : target.server;
  return `${name} has no session left in ${where}`;
}

export function unsafeWords(
  drained: Exclude<Drained, { kind: 'empty' }>,
  target: string,
  service: string | undefined,
  where: WhereOptions,
): string {
  const about = service === undefined ? target : `${target} --service ${service}`;
  const back = `it stays out, and \`aorta enable ${about}${whereHint(where)}\` puts it back`;
  switch (drained.kind) {
    case 'deadline':
      return `the deadline has passed and this is open: ${drained.open}; ${back}`;
    case 'enabled':
      return `somebody ended it: ${drained.server.service}/${drained.server.name} gets requests again`;
    case 'interrupted':
      return `it was not waited for to the end; ${back}`;
  }
}
