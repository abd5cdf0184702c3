import type { HealthPort, ServerNotice } from '../dataplane/port.ts';
import type { Clock } from '../kernel/clock.ts';
import type { HealthReport, PoolHealth, ServerHealth } from '../model/health.ts';
import { isUp, type RuntimeServer, type RuntimeState } from '../model/runtime-state.ts';
import { advise, noAdvice, type PoolAdvice } from './advice.ts';
import { HeldAdvice } from './held-advice.ts';
import type { Opinion } from './opinion.ts';
import { type InService, type PoolPolicy, policiesOf } from './policy.ts';
import { Reaper } from './reaper.ts';
import type { DeepCheckSource, Evidence, EvidenceSource, WeightWish } from './source.ts';

export interface HealthWatchParts {
  readonly port: HealthPort;
  readonly clock: Clock;
  /** What this process has used of a processor so far, in milliseconds. */
  processorTime(): number;
  /** What is in service; absent when nothing is. */
  inService(): InService | undefined;
  /** Whether something is being changed, so that servers come and go. */
  busy(): boolean;
  /** Whether a change is being watched, that may have to be undone. */
  settling(): boolean;
  /** How the servers of some backends are now; absent when HAProxy does not answer. */
  servers(backends: readonly string[]): Promise<readonly RuntimeServer[] | undefined>;
  /** What somebody else asked HAProxy last, however long ago; saves asking twice. */
  lastState(): RuntimeState | undefined;
  /** Gives a server another share, in the controller's name. What becomes of it is seen with the next look. */
  wishWeight(wish: WeightWish): Promise<void>;
  readonly deepChecks?: DeepCheckSource;
  readonly liveTraffic?: EvidenceSource;
}

/** How often it is looked at what there is reason to look at, in milliseconds. */
const rhythm = 1_000;

/** How often pools are looked at whose servers are merely down, in milliseconds: there may be a thousand of them. */
const sweeping = 5_000;

/** How often this machine shows itself that it runs, and from which gap on it stood still, in milliseconds. */
const heartbeat = 250;
const standstill = 1_000;

/** What somebody else asked goes with counters that are not more than so much younger, in milliseconds. */
const fresh = 1_200;

/** The same about servers of which nothing was told since: of many thousands it is asked no more often. */
const oldest = 60_000;

/** How long a look waits for other notices of the same moment, in milliseconds. */
const gathering = 20;

/**
 * Joins what is known about the health of servers beyond HAProxy's own checks, and makes advice of it. Where nothing is
 * wrong, nothing is asked: HAProxy tells when a server changes.
 */
export class HealthWatch {
  readonly #parts: HealthWatchParts;
  readonly #reaper: Reaper;
  readonly #held: HeldAdvice;
  #inService: InService | undefined;
  #policies: ReadonlyMap<string, PoolPolicy> = new Map();
  /** Servers that HAProxy says are down, by backend. */
  readonly #down = new Map<string, Set<string>>();
  /** Servers that live traffic took out by HAProxy's own count, by backend. */
  readonly #marked = new Map<string, Map<string, number>>();
  readonly #decided = new Map<string, PoolAdvice>();
  /** When the last notice about a backend came, in milliseconds since 1970. */
  readonly #noticedAt = new Map<string, number>();
  #evidence: Evidence = { weights: [], withoutRetries: [], conditions: new Map() };
  /** Backends whose retries are forbidden, as HAProxy was told. */
  #forbidden = new Set<string>();
  #forbiddenIn: number | undefined;
  #sweptAt = 0;
  /** Of the counters that were weighed last. */
  #weighedAt: number | undefined;
  #beatAt: number;
  #workedAt: number;
  /** See {@link PoolView}. */
  #wokeAt: number | undefined;
  #following: { end(): Promise<void> } | undefined;
  /** Backends that a look is due for, and the look itself. */
  readonly #due = new Set<string>();
  #looking: Promise<void> | undefined;
  #done: Promise<void> = Promise.resolve();
  readonly #ending = new AbortController();

  constructor(parts: HealthWatchParts) {
    this.#parts = parts;
    this.#beatAt = parts.clock.now();
    this.#workedAt = parts.processorTime();
    this.#held = new HeldAdvice(parts.port, parts.clock);
    this.#reaper = new Reaper({
      port: parts.port,
      clock: parts.clock,
      policy: (backend) => this.#policies.get(backend),
      servers: (backends) => parts.servers(backends),
    });
  }

  begin(): void {
    this.#following = this.#parts.port.follow((notice) => this.#notice(notice));
    this.#beatAt = this.#parts.clock.now();
    this.#workedAt = this.#parts.processorTime();
    this.#done = Promise.all([this.#run(), this.#beatOn()]).then(() => undefined);
  }

  /** From now on HAProxy's own checks decide. */
  async end(): Promise<void> {
    this.#ending.abort();
    this.#reaper.end();
    this.#held.end();
    await this.#following?.end();
    await this.#parts.deepChecks?.end();
    await this.#done;
    await this.#looking;
  }

  report(): HealthReport {
    const servers: ServerHealth[] = [];
    const pools: PoolHealth[] = [];
    const { deepChecks } = this.#parts;
    for (const { name: backend, servers: own } of this.#inService?.ir.backends ?? []) {
      const decided = this.#decided.get(backend);
      for (const { name: server } of own) {
        const rungs = deepChecks?.rungs(backend, server) ?? [];
        const advice = decided?.advice.get(server);
        if (rungs.length === 0 && advice === undefined) continue;
        servers.push({ backend, server, rungs, ...(advice === undefined ? {} : { advice }) });
      }
      const conditions = [...(decided?.conditions ?? []), ...(this.#evidence.conditions.get(backend) ?? [])];
      if (conditions.length > 0) pools.push({ backend, conditions });
    }
    return { servers, pools };
  }

  async #run(): Promise<void> {
    const ended = this.#ended();
    while (!this.#ending.signal.aborted) {
      await this.#tick();
      await Promise.race([this.#parts.clock.sleep(rhythm), ended]);
    }
  }

  async #beatOn(): Promise<void> {
    const ended = this.#ended();
    while (!this.#ending.signal.aborted) {
      await Promise.race([this.#parts.clock.sleep(heartbeat), ended]);
      this.#beat();
    }
  }

  #ended(): Promise<unknown> {
    return new Promise((resolve) => {
      this.#ending.signal.addEventListener('abort', resolve);
    });
  }

  /**
   * Notices that this machine stood still, as a virtual machine does when it is moved: every check under way has timed out
   * then, and says nothing about servers. A gap in which this process worked is its own.
   */
  #beat(): void {
    const now = this.#parts.clock.now();
    const worked = this.#parts.processorTime();
    const gap = now - this.#beatAt - (worked - this.#workedAt);
    [this.#beatAt, this.#workedAt] = [now, worked];
    if (gap < standstill + heartbeat) return;
    this.#wokeAt = now;
    for (const backend of this.#policies.keys()) this.#due.add(backend);
    this.#lookSoon();
  }

  #notice(notice: ServerNotice): void {
    const { backend, server, health, reason, at } = notice;
    this.#beat();
    this.#adopt();
    // The text comes from a log line; only what we know ourselves is followed.
    if (!this.#policies.has(backend)) return;
    this.#held.notice(notice);
    this.#reaper.notice(notice);
    this.#parts.liveTraffic?.noticed(notice);
    const down = this.#down.get(backend) ?? new Set();
    const marked = this.#marked.get(backend) ?? new Map<string, number>();
    if (health === 'up') {
      down.delete(server);
      marked.delete(server);
    } else {
      down.add(server);
      if (reason === 'Health analyze') marked.set(server, at);
      else marked.delete(server);
    }
    if (down.size > 0) this.#down.set(backend, down);
    else this.#down.delete(backend);
    if (marked.size > 0) this.#marked.set(backend, marked);
    else this.#marked.delete(backend);
    this.#noticedAt.set(backend, at);
    this.#due.add(backend);
    this.#lookSoon();
  }

  /** Takes over what is in service now, and forgets what is no longer. */
  #adopt(): void {
    const now = this.#parts.inService();
    if (now?.ir === this.#inService?.ir && now?.configuration === this.#inService?.configuration) return;
    const before = this.#policies;
    this.#inService = now;
    this.#policies = now === undefined ? new Map() : policiesOf(now);
    // What was noticed before it was known to be ours.
    for (const backend of this.#policies.keys()) if (!before.has(backend)) this.#due.add(backend);
    for (const backend of [...this.#decided.keys(), ...this.#down.keys(), ...this.#marked.keys()]) {
      if (this.#policies.has(backend)) continue;
      this.#decide(backend, noAdvice);
      this.#down.delete(backend);
      this.#marked.delete(backend);
    }
    this.#parts.deepChecks?.follow(now);
    this.#parts.liveTraffic?.follow(now);
  }

  async #tick(): Promise<void> {
    this.#adopt();
    if (this.#inService === undefined) return;
    await this.#weigh();
    const now = this.#parts.clock.now();
    const swept = now - this.#sweptAt >= sweeping;
    if (swept) this.#sweptAt = now;
    for (const backend of this.#interesting(this.#opinions(), swept)) this.#due.add(backend);
    await this.#look();
  }

  /** Where there is something to watch besides HAProxy's notices. @param all also where servers are merely down */
  #interesting(opinions: ReadonlyMap<string, readonly Opinion[]>, all: boolean): Set<string> {
    const down = all ? this.#down.keys() : [];
    return new Set([...down, ...this.#marked.keys(), ...this.#decided.keys(), ...opinions.keys()]);
  }

  #opinions(): ReadonlyMap<string, readonly Opinion[]> {
    const { deepChecks, liveTraffic } = this.#parts;
    const all = [...(deepChecks?.opinions() ?? []), ...(liveTraffic?.opinions() ?? [])];
    return Map.groupBy(
      all.filter(({ backend }) => this.#policies.has(backend)),
      ({ backend }) => backend,
    );
  }

  #lookSoon(): void {
    if (this.#looking !== undefined) return;
    void this.#parts.clock.sleep(gathering).then(() => this.#look());
  }

  /** One look at a time; what becomes due meanwhile is looked at next. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookAtDue().finally(() => {
      this.#looking = undefined;
      if (this.#due.size > 0 && !this.#ending.signal.aborted) this.#lookSoon();
    });
    return this.#looking;
  }

  async #lookAtDue(): Promise<void> {
    const { clock } = this.#parts;
    const due = [...this.#due].filter((backend) => this.#policies.has(backend));
    this.#due.clear();
    if (due.length === 0) return;
    const begun = this.#inService;
    const opinions = this.#opinions();
    const servers = await this.#serversOf(due, opinions);
    if (servers === undefined || this.#ending.signal.aborted) return;
    this.#reaper.sample(servers, clock.now());
    // Between two states servers come and go; what was advised stays advised.
    if (this.#parts.busy() || this.#inService !== begun) return;
    const byBackend = Map.groupBy(servers, ({ backend }) => backend);
    for (const backend of due) {
      const policy = this.#policies.get(backend);
      const own = byBackend.get(backend);
      if (policy === undefined || own === undefined) continue;
      this.#remember(backend, own);
      const decided = advise({
        policy,
        servers: own,
        opinions: opinions.get(backend) ?? [],
        markedDown: this.#marked.get(backend) ?? new Map(),
        before: this.#decided.get(backend) ?? noAdvice,
        at: clock.now(),
        ...(this.#wokeAt === undefined ? {} : { wokeAt: this.#wokeAt }),
        settling: this.#parts.settling(),
      });
      this.#decide(backend, decided);
    }
  }

  /**
   * Where servers are merely down, what somebody else asked is good enough, or a thousand dead pools would be asked about
   * every second. Where something is advised or has just changed, only a look of our own is recent enough.
   */
  async #serversOf(
    backends: readonly string[],
    opinions: ReadonlyMap<string, unknown>,
  ): Promise<readonly RuntimeServer[] | undefined> {
    const last = this.#parts.lastState();
    const at = last === undefined || this.#parts.clock.now() - last.at > oldest ? undefined : last.at;
    const isQuiet = (backend: string) =>
      at !== undefined &&
      !this.#decided.has(backend) &&
      !opinions.has(backend) &&
      (this.#noticedAt.get(backend) ?? 0) < at - rhythm;
    const asked = backends.filter((backend) => !isQuiet(backend));
    const quiet = new Set(backends.filter((backend) => isQuiet(backend)));
    const answer = asked.length === 0 ? [] : await this.#parts.servers(asked);
    if (answer === undefined) return undefined;
    const known = last?.servers.filter(({ backend }) => quiet.has(backend)) ?? [];
    return [...answer, ...known];
  }

  /** What HAProxy says itself takes the place of what was noticed. */
  #remember(backend: string, servers: readonly RuntimeServer[]): void {
    const down = servers.filter((server) => !isUp(server) && server.admin !== 'maintenance');
    const names = new Set<string>(down.map(({ name }) => name));
    // A notice that came while HAProxy was asked is newer than its answer.
    if (this.#due.has(backend)) for (const name of this.#down.get(backend) ?? []) names.add(name);
    if (names.size > 0) this.#down.set(backend, names);
    else this.#down.delete(backend);
  }

  #decide(backend: string, decided: PoolAdvice): void {
    const policy = this.#policies.get(backend);
    if (decided.advice.size === 0 && decided.conditions.length === 0 && decided.panic === undefined)
      this.#decided.delete(backend);
    else this.#decided.set(backend, decided);
    this.#held.set(backend, decided.advice, policy?.repeat ?? { up: rhythm, down: rhythm });
  }

  /** What the traffic says: weights, and whether requests may be sent again. */
  async #weigh(): Promise<void> {
    const { liveTraffic, port } = this.#parts;
    const backends = liveTraffic?.backends() ?? [];
    if (liveTraffic === undefined || backends.length === 0 || this.#parts.busy()) return;
    const counters = await port.serverCounters(backends);
    if (counters === undefined || counters.at === this.#weighedAt) return;
    const servers = await this.#stateOf(backends, counters.at);
    if (servers === undefined || this.#parts.busy()) return;
    this.#weighedAt = counters.at;
    this.#evidence = liveTraffic.sample(counters, servers);
    await this.#limitRetries(counters.workerPid);
    for (const wish of this.#evidence.weights) await this.#parts.wishWeight(wish);
  }

  /** @param at when the counters were read that it is to go with */
  async #stateOf(backends: readonly string[], at: number): Promise<readonly RuntimeServer[] | undefined> {
    const last = this.#parts.lastState();
    if (last === undefined || at - last.at > fresh) return await this.#parts.servers(backends);
    const wanted = new Set(backends);
    return last.servers.filter(({ backend }) => wanted.has(backend));
  }

  async #limitRetries(workerPid: number): Promise<void> {
    // A new worker knows nothing of what the one before was told.
    if (this.#forbiddenIn !== workerPid) this.#forbidden = new Set();
    this.#forbiddenIn = workerPid;
    const wanted = new Set(this.#evidence.withoutRetries);
    for (const backend of new Set([...wanted, ...this.#forbidden])) {
      const forbid = wanted.has(backend);
      if (forbid === this.#forbidden.has(backend)) continue;
      if (!(await this.#parts.port.allowRetries(backend, !forbid)).ok) continue;
      if (forbid) this.#forbidden.add(backend);
      else this.#forbidden.delete(backend);
    }
  }
}
