import { concerns } from '../compile/wished.ts';
import { Failure } from '../kernel/failure.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Configuration } from '../model/configuration.ts';
import type { Intent, IntentTarget, IntentWish } from '../model/intent.ts';
import type { Name } from '../model/name.ts';

/** A server in one service. */
export interface ServerPlace {
  readonly service: Name;
  readonly server: Name;
}

/** What an operator calls something: a host or a server, perhaps in one service only. */
export interface Called {
  readonly target: string;
  readonly service?: string | undefined;
}

/**
 * What a name stands for: a host that runs servers, else servers of that name.
 * @returns Failure `unknown-target`, with the names there are
 */
export function resolveTarget(
  target: string,
  service: string | undefined,
  configuration: Configuration,
): Result<IntentTarget, Failure> {
  const { hosts, virtualServices } = configuration;
  if (service !== undefined) return serverIn(service, target, configuration);
  const servers = virtualServices.flatMap(({ pool }) => pool.servers);
  const host = hosts.find(({ name }) => name === target);
  if (host !== undefined && servers.some((server) => server.host === host.name)) {
    return ok({ kind: 'host', host: host.name });
  }
  const server = servers.find(({ name }) => name === target);
  if (server !== undefined) return ok({ kind: 'server', server: server.name });
  const what =
    host === undefined
      ? `no host and no server is named ${JSON.stringify(target)}`
      : `${target} is a host behind no service (${host.roles.join(', ')}), so there is nothing to take out`;
  const balanced = hosts.filter(({ name }) => servers.some((one) => one.host === name));
  const mend = listed([
    ['hosts', balanced.map(({ name }) => name)],
    // A server that is called like its host would be listed twice.
    ['servers', servers.map(({ name }) => name).filter((name) => !balanced.some((one) => one.name === name))],
  ]);
  return err(new Failure('unknown-target', what, mend));
}

function serverIn(
  serviceName: string,
  target: string,
  { virtualServices }: Configuration,
): Result<IntentTarget, Failure> {
  const service = virtualServices.find(({ name }) => name === serviceName);
  if (service === undefined) {
    const what = `no service is named ${JSON.stringify(serviceName)}`;
    const names = virtualServices.map(({ name }) => name);
    return err(new Failure('unknown-target', what, listed([['services', names]])));
  }
  const { servers } = service.pool;
  const server =
    servers.find(({ name }) => name === target) ??
    // The name of a machine will do where it runs only one server of the service.
    onlyOne(servers.filter(({ host }) => host === target));
  if (server !== undefined) return ok({ kind: 'server', server: server.name, service: service.name });
  const what = `the service ${service.name} has no server ${JSON.stringify(target)}`;
  return err(new Failure('unknown-target', what, listed([['servers', servers.map(({ name }) => name)]])));
}

function onlyOne<T>(all: readonly T[]): T | undefined {
  return all.length === 1 ? all[0] : undefined;
}

function listed(kinds: readonly (readonly [string, readonly string[]])[]): string {
  const there = kinds
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `${kind}: ${[...new Set(names)].join(', ')}`);
  return `use one of the ${there.join('; ')}`;
}

/** The servers that a target means in a configuration; none when it is no longer declared. */
export function serversOf(target: IntentTarget, { virtualServices }: Configuration): ServerPlace[] {
  return virtualServices.flatMap(({ name: service, pool }) =>
    pool.servers
      .filter((server) => concerns({ target }, service, server))
      .map(({ name: server }) => ({ service, server })),
  );
}

/** The intents when one more is in force: it takes the place of an earlier wish of its kind about the same target. */
export function withIntent(intents: readonly Intent[], added: Intent): Intent[] {
  const same = ({ target, wish }: Intent) => wish.kind === added.wish.kind && isSame(target, added.target);
  return [...intents.filter((intent) => !same(intent)), added];
}

function isSame(a: IntentTarget, b: IntentTarget): boolean {
  if (a.kind === 'host') return b.kind === 'host' && a.host === b.host;
  return b.kind === 'server' && a.server === b.server && a.service === b.service;
}

/**
 * The intents that an `enable` ends: those about the target, and those about parts of it. Works also for what is
 * no longer declared, as long as an intent names it.
 * @returns Failure `unknown-target`; `wider-intent` when the servers would stay out because of an intent about more
 */
export function intentsEndedBy(
  { target: called, service }: Called,
  configuration: Configuration,
  intents: readonly Intent[],
): Result<Intent[], Failure> {
  const resolved = resolveTarget(called, service, configuration);
  const target = resolved.ok ? resolved.value : namedBy(intents, called, service);
  if (target === undefined) return resolved.ok ? ok([]) : resolved;
  const ended = intents.filter((intent) => isWithin(intent.target, target, configuration));
  const places = serversOf(target, configuration);
  const wider = intents.find(
    (intent) =>
      !ended.includes(intent) &&
      takesOut(intent.wish) &&
      serversOf(intent.target, configuration).some((place) => includes(places, place)),
  );
  if (wider === undefined) return ok(ended);
  const name = nameOf(wider.target);
  const what = `${called} is out because of intent ${wider.id} about ${wordsFor(wider.target)} (${wider.author}: ${wider.reason})`;
  return err(new Failure('wider-intent', what, `end that one: \`aorta enable ${name}\``));
}

/** Whether servers get no new request because of it. */
export function takesOut(wish: IntentWish): boolean {
  return wish.kind !== 'weight' || wish.weight === 0;
}

/** What the intents themselves call so. */
function namedBy(intents: readonly Intent[], called: string, service?: string): IntentTarget | undefined {
  return intents
    .map(({ target }) => target)
    .find(
      (target) =>
        nameOf(target) === called && (target.kind === 'host' ? undefined : target.service) === service,
    );
}

function isWithin(part: IntentTarget, whole: IntentTarget, configuration: Configuration): boolean {
  if (isSame(part, whole)) return true;
  if (whole.kind === 'server') {
    return part.kind === 'server' && part.server === whole.server && whole.service === undefined;
  }
  // A name that servers on several machines share is not about this machine alone.
  const places = serversOf(part, configuration);
  const inside = serversOf(whole, configuration);
  return part.kind === 'server' && places.length > 0 && places.every((place) => includes(inside, place));
}

function includes(places: readonly ServerPlace[], { service, server }: ServerPlace): boolean {
  return places.some((one) => one.service === service && one.server === server);
}

function nameOf(target: IntentTarget): Name {
  return target.kind === 'host' ? target.host : target.server;
}

function wordsFor(target: IntentTarget): string {
  if (target.kind === 'host') return `the host ${target.host}`;
  return target.service === undefined
    ? `${target.server} in every service`
    : `${target.server} in ${target.service}`;
}
