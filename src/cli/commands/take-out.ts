import type { IntentInForce } from '../../contract/answers.ts';
import type { IntentRequest } from '../../contract/operations.ts';
import type { Duration } from '../../model/duration.ts';
import type { IntentWish } from '../../model/intent.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { sessionWords, targetWords } from '../intent-words.ts';
import { liveLine, silentLine } from '../live-line.ts';
import { localTime } from '../local-time.ts';
import { stateHint } from '../options.ts';
import { seenServers } from '../seen-servers.ts';
import { type Drained, waitForSessions } from '../session-wait.ts';

export interface WishOptions {
  readonly state: string;
  readonly json: boolean;
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

/**
 * Puts a wish about a host or a server in force.
 * @returns what is in force because of it, and everything else about the target
 */
export async function intend(
  wish: IntentWish,
  target: string,
  options: WishOptions,
  context: CliContext,
): Promise<{ readonly mine: IntentInForce; readonly intents: readonly IntentInForce[] }> {
  const request: IntentRequest = {
    wish,
    target,
    ...(options.service === undefined ? {} : { service: options.service }),
    ...(options.for === undefined ? {} : { duration: options.for }),
    ...(options.force ? { force: true } : {}),
    author: options.author ?? context.user,
    reason: options.reason,
  };
  const { intents } = await call(context.machine.controlSocket(options.state), 'intend', request);
  // Numbers only grow, so the newest of this kind is the one that was just made.
  const [mine] = intents.filter((one) => one.wish.kind === wish.kind).sort((a, b) => b.id - a.id);
  if (mine === undefined) throw new Error('the controller granted a wish that is not in force');
  return { mine, intents };
}

/** Drains or maintains: no new requests. With `--wait` until those under way have ended. */
export async function takeOut(
  wish: IntentWish,
  target: string,
  options: TakeOutOptions,
  context: CliContext,
): Promise<ExitCode> {
  const socket = context.machine.controlSocket(options.state);
  const { mine, intents } = await intend(wish, target, options, context);
  const status = await call(socket, 'status');
  const sessions = seenServers(status, mine.servers).map((one) => ({
    service: one.service,
    server: one.name,
    sessions: one.sessions,
  }));
  if (!options.json) {
    const open = sessions.map((one) => `${one.service}/${one.server} (${openNow(one.sessions)})`);
    context.write(`${headOf(mine)}: ${open.join(', ')}\n`);
  }
  if (!options.wait) {
    if (options.json) context.write(toJson({ intents, sessions }));
    return 0;
  }
  const line = options.json ? silentLine : liveLine(context);
  const drained = await waitForSessions(
    mine.servers,
    { ask: () => call(socket, 'status'), deadline: options.deadline, now: () => context.now() },
    (text) => line.show(`waiting: ${text}`),
  ).finally(() => line.end());
  const safe = drained.kind === 'empty';
  if (options.json) context.write(toJson({ intents, sessions, safe, ...leftOf(drained) }));
  else if (safe) context.write(`${context.colors.green('safe to patch')}: ${safeWords(mine)}\n`);
  else context.warn(`${context.colors.red('not safe to patch')}: ${unsafeWords(drained, target, options)}\n`);
  return safe ? 0 : 1;
}

/** Gives a host or a server another weight. */
export async function weigh(
  weight: number,
  target: string,
  options: WishOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { mine, intents } = await intend({ kind: 'weight', weight }, target, options, context);
  const places = mine.servers.map(({ service, server }) => `${service}/${server}`);
  context.write(options.json ? toJson({ intents }) : `${headOf(mine)}: ${places.join(', ')}\n`);
  return 0;
}

function headOf({ id, wish, target, until }: IntentInForce): string {
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

function safeWords({ target }: IntentInForce): string {
  const where = target.kind === 'server' && target.service !== undefined ? target.service : 'any service';
  const name = target.kind === 'host' ? target.host : target.server;
  return `${name} has no session left in ${where}`;
}

function leftOf(drained: Drained): { readonly open?: string } {
  return drained.kind === 'deadline' ? { open: drained.open } : {};
}

function unsafeWords(
  drained: Exclude<Drained, { kind: 'empty' }>,
  target: string,
  { service, state }: TakeOutOptions,
): string {
  const about = service === undefined ? target : `${target} --service ${service}`;
  switch (drained.kind) {
    case 'deadline':
      return `the deadline has passed and this is open: ${drained.open}; it stays out, and \`aorta enable ${about}${stateHint(state)}\` puts it back`;
    case 'enabled':
      return `somebody ended it: ${drained.server.service}/${drained.server.name} gets requests again`;
    case 'interrupted':
      return `it was not waited for to the end; it stays out, and \`aorta enable ${about}${stateHint(state)}\` puts it back`;
  }
}
