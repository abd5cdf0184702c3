import type { Advice } from '../model/health.ts';
import { isUp, isWanted, type RuntimeServer } from '../model/runtime-state.ts';
import { type CheckClass, classOf } from './check-class.ts';
import type { Opinion } from './opinion.ts';
import type { PoolPolicy } from './policy.ts';
import { mostEjected } from './watched-pool.ts';

/** One pool at one moment. */
export interface PoolView {
  readonly policy: PoolPolicy;
  /** Those of the pool, as HAProxy says they are. */
  readonly servers: readonly RuntimeServer[];
  /** About servers of the pool. */
  readonly opinions: readonly Opinion[];
  /** Servers that HAProxy took out because of errors in live traffic, and when, in milliseconds since 1970. */
  readonly markedDown: ReadonlyMap<string, number>;
  /** What was decided last. */
  readonly before: PoolAdvice;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** When this machine was last found to have stood still, in milliseconds since 1970; absent: never. */
  readonly wokeAt?: number;
  /** A change is being watched: nothing more is held up, because that would hide what the change broke. */
  readonly settling: boolean;
}

/** What HAProxy is to be told about the servers of a pool. */
export interface PoolAdvice {
  /** By the name of the server. */
  readonly advice: ReadonlyMap<string, Advice>;
  /** Whole sentences for the operator. */
  readonly conditions: readonly string[];
  /** Since when HAProxy's own check is doubted; absent: it is believed. */
  readonly panic?: Panic;
  /** Servers that are kept although live traffic takes them out, and until when, in milliseconds since 1970. */
  readonly spared?: ReadonlyMap<string, number>;
}

interface Panic {
  readonly since: number;
  /** Since when one server passes the check again. */
  readonly passingSince?: number;
}

export const noAdvice: PoolAdvice = { advice: new Map(), conditions: [] };

/** A check that passes here and there does not end the doubt; it must go on passing for so long, in milliseconds. */
const steady = 5_000;

/** Who was kept against live traffic is kept for so long, in milliseconds: else it would be out for a moment after every few errors. */
const grace = 10_000;

/** After the machine stood still, checks time out that a server answered in time: so long they are not believed, in milliseconds. */
const drowsy = 3_000;

interface Judged {
  readonly name: string;
  readonly found: CheckClass;
  /** Whether it would get requests if HAProxy's own check alone decided. */
  readonly own: boolean;
  readonly since: number;
  readonly result: string;
}

/**
 * Decides what HAProxy is told about the servers of a pool. Pure. A server with an opinion is held down, but opinions alone never
 * empty a pool; a pool that HAProxy's own check would empty is held up when that check is to be doubted. The cases are
 * in docs/adr/0022-advice-not-orders.md.
 */
export function advise(view: PoolView): PoolAdvice {
  const { policy, before, at } = view;
  const wanted = view.servers.filter(isWanted).map((server) => judge(server, view));
  if (wanted.length === 0) return noAdvice;
  const decided: Decided = new Map();
  const conditions: string[] = [];
  const panic = panicOf(wanted, view);
  if (panic !== undefined) {
    const kept = wanted.filter(({ found, own }) => !own && !isLost(found));
    const results = [...new Set(kept.map(({ result }) => result))].sort().join(', ');
    const because = `every server fails the health check with an answer (${results}), so the check is doubted`;
    for (const { name } of kept) decided.set(name, { health: 'up', because });
    conditions.push(
      `Every server of ${policy.service} fails its health check with an answer (${results}): the check is doubted, ${counted(kept.length)} in service. Look at the servers, and mend them or the check.`,
    );
  }
  holdDown(wanted, view, decided, conditions);
  const spared = spare(wanted, view, decided, conditions);
  stayAwake(wanted, view, decided, conditions);
  const advice = new Map<string, Advice>();
  for (const [name, { health, because }] of decided) {
    const earlier = before.advice.get(name);
    advice.set(name, { health, because, since: earlier?.health === health ? earlier.since : at });
  }
  return {
    advice,
    conditions,
    ...(panic === undefined ? {} : { panic }),
    ...(spared.size === 0 ? {} : { spared }),
  };
}

type Decided = Map<string, { health: 'up' | 'down'; because: string }>;

function judge(server: RuntimeServer, { before, markedDown }: PoolView): Judged {
  const { name, check } = server;
  const found = classOf(check);
  const held = before.advice.get(name)?.health;
  // What HAProxy says of a server that is held is what it was told; the check says what it would be.
  const own =
    held === undefined
      ? isUp(server)
      : held === 'down'
        ? found === 'passed' || found === 'unknown'
        : found === 'passed';
  const result =
    check?.status === undefined ? (check?.result ?? 'no check yet') : `${check.result} ${check.status}`;
  // A check that passes says nothing about the errors for which HAProxy took the server out.
  const marked = !own && markedDown.has(name) && (found === 'passed' || found === 'unknown');
  return { name, found: marked ? 'traffic' : found, own, since: server.since, result };
}

/** Whether HAProxy's own check is doubted: every server fails it at the same moment, and there are some that answer. */
function panicOf(wanted: readonly Judged[], view: PoolView): Panic | undefined {
  const { policy, before, at, settling } = view;
  if (policy.whenAllFail === 'refuse') return undefined;
  const answering = wanted.filter(({ found, own }) => !own && found === 'answered');
  const passing = wanted.some(({ found }) => found === 'passed');
  if (before.panic !== undefined) {
    const { since, passingSince } = before.panic;
    if (passing) {
      const from = passingSince ?? at;
      return at - from >= steady ? undefined : { since, passingSince: from };
    }
    // After a reload nothing is known for a moment. Where nobody answers, there is nobody to hold up.
    const unknown = wanted.some(({ found }) => found === 'unknown');
    return answering.length > 0 || unknown ? { since } : undefined;
  }
  if (settling || passing || answering.length === 0 || wanted.some(({ own }) => own)) return undefined;
  const times = answering.map(({ since }) => since);
  return Math.max(...times) - Math.min(...times) <= policy.moment ? { since: at } : undefined;
}

/** Servers with an opinion are held down, as long as others are left. */
function holdDown(wanted: readonly Judged[], view: PoolView, decided: Decided, conditions: string[]): void {
  const { policy } = view;
  const able = wanted.filter(({ own }) => own);
  if (able.length === 0) return;
  const names = new Set(able.map(({ name }) => name));
  const of = (source: Opinion['source']) =>
    view.opinions.filter((one) => one.source === source && names.has(one.server));

  const deep = of('deep-check');
  const failing = new Set(deep.map(({ server }) => server));
  if (failing.size < able.length || policy.whenAllFail === 'refuse') {
    for (const { server, because } of deep) {
      if (!decided.has(server)) decided.set(server, { health: 'down', because });
    }
    if (failing.size === able.length) {
      conditions.push(
        `Every server of ${policy.service} fails its deep checks, and all are taken out, as the pool asks for.`,
      );
    }
  } else {
    conditions.push(doubt(able, deep, policy));
  }

  // Whoever is out for any reason is missing: what is left must carry the load.
  const most = mostEjected(wanted.length, policy.maxEjected);
  let out = wanted.filter(({ name, own }) => !own || decided.get(name)?.health === 'down').length;
  const kept: string[] = [];
  const traffic = of('live-traffic').filter(({ server }) => decided.get(server)?.health !== 'down');
  for (const { server, because } of [...traffic].sort((a, b) => a.since - b.since)) {
    if (out >= most) {
      kept.push(server);
      continue;
    }
    out += 1;
    decided.set(server, { health: 'down', because });
  }
  if (kept.length > 0) {
    conditions.push(
      `Requests to ${kept.join(', ')} of ${policy.service} fail, but ${kept.length === 1 ? 'it stays' : 'they stay'} in service: at most ${policy.maxEjected} % of the pool may be out.`,
    );
  }
}

/** Opinions alone never empty a pool: all that could serve have one. */
function doubt(able: readonly Judged[], deep: readonly Opinion[], { service }: PoolPolicy): string {
  const faults = able.map(
    ({ name }) => new Set(deep.filter(({ server }) => server === name).map(({ fault }) => fault)),
  );
  const [first = new Set<string>(), ...others] = faults;
  const common = [...first].filter((fault) => others.every((one) => one.has(fault)));
  if (common.length > 0 && able.length > 1) {
    return `Every server of ${service} fails the deep check ${common.join(', ')} in the same way: the check is doubted, ${counted(able.length)} in service.`;
  }
  const whole = able.length === 1 ? `The last server of ${service}` : `Every server of ${service}`;
  const all = [...new Set(deep.map(({ because }) => because))].sort().join('; ');
  return `${whole} fails deep checks (${all}), and no other could serve: ${counted(able.length)} in service.`;
}

/**
 * Errors of live traffic, for which HAProxy takes servers out by itself, take out no more of a pool than they may.
 * @returns who is kept, and until when
 */
function spare(
  wanted: readonly Judged[],
  view: PoolView,
  decided: Decided,
  conditions: string[],
): ReadonlyMap<string, number> {
  const { policy, markedDown, opinions, before, at, settling } = view;
  const kept = new Map<string, number>();
  if (policy.whenAllFail === 'refuse') return kept;
  const because = `live traffic may take out at most ${policy.maxEjected} % of the pool`;
  for (const { name, found } of wanted) {
    const until = before.spared?.get(name) ?? 0;
    if (until <= at || decided.has(name) || isLost(found) || found === 'answered') continue;
    decided.set(name, { health: 'up', because });
    kept.set(name, found === 'traffic' ? at + grace : until);
  }
  const marked = wanted.filter(({ name, found }) => found === 'traffic' && !decided.has(name));
  const most = mostEjected(wanted.length, policy.maxEjected);
  const isOut = ({ name, own }: Judged) => (decided.get(name)?.health ?? (own ? 'up' : 'down')) === 'down';
  const excess = settling ? 0 : wanted.filter(isOut).length - most;
  const blamed = new Set(opinions.map(({ server }) => server));
  // The last that were taken out come back first, those with an opinion last.
  const rank = ({ name }: Judged) => (blamed.has(name) ? 0 : (markedDown.get(name) ?? 1));
  for (const { name } of [...marked].sort((a, b) => rank(b) - rank(a)).slice(0, Math.max(0, excess))) {
    decided.set(name, { health: 'up', because });
    kept.set(name, at + grace);
  }
  if (kept.size > 0) {
    conditions.push(
      `Requests to ${[...kept.keys()].sort().join(', ')} of ${policy.service} fail, but the health check passes: kept in service, because at most ${policy.maxEjected} % of the pool may be out.`,
    );
  }
  return kept;
}

/** Whoever was up when this machine stood still stays up for a moment: what is late then is this machine, and not the servers. */
function stayAwake(
  wanted: readonly Judged[],
  { policy, before, at, wokeAt }: PoolView,
  decided: Decided,
  conditions: string[],
): void {
  if (wokeAt === undefined || at - wokeAt >= drowsy) return;
  const because = 'this machine stood still, so checks that time out are not believed for a moment';
  const kept = wanted.filter(({ name, own, result, since }) => {
    if (decided.has(name)) return false;
    const fell = since >= wokeAt - drowsy || before.advice.get(name)?.because === because;
    // Who refuses a connection was heard.
    return own || (fell && result.endsWith('TOUT'));
  });
  if (kept.length === 0) return;
  for (const { name } of kept) decided.set(name, { health: 'up', because });
  conditions.push(
    `This machine stood still for more than a second; the servers of ${policy.service} that were up stay in service for a moment.`,
  );
}

function counted(servers: number): string {
  return servers === 1 ? '1 server stays' : `${servers} servers stay`;
}

/** Requests would fare as the check does. */
function isLost(found: CheckClass): boolean {
  return found === 'silent' || found === 'untrusted';
}
