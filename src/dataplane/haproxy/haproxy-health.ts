import type { Clock } from '../../kernel/clock.ts';
import type { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { anyRetryVariable, retryVariable } from '../../render/events.ts';
import type { ServerCounters } from '../counters-port.ts';
import type { HealthPort, Problem, ServerNotice } from '../port.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import { resetConnections } from '../system/reset-connections.ts';
import { endStreams, streamsOf } from './end-streams.ts';
import { showProcesses } from './master-socket.ts';
import { type CommandOptions, commands } from './runtime-socket.ts';
import { many, ofBackends, readServerCounters } from './server-counters.ts';
import { ServerEvents } from './server-events.ts';
import { readServerStates } from './server-state.ts';
import { readStatistics, servers } from './show-stat.ts';
import { tell } from './tell.ts';
import { nameWord } from './words.ts';

/** A survey is not older than that, in milliseconds, or nobody takes any. */
const oldest = 60_000;

/** For HAProxy to give what was reset to other servers, in milliseconds. */
const timeToRetry = 100;

/** The health of servers on a real HAProxy. */
export class HaproxyHealth implements HealthPort {
  readonly #paths: RuntimePaths;
  readonly #clock: Clock;
  readonly #followers = new Set<ServerEvents>();
  #surveyed: ServerCounters | undefined;
  /** What was found in it last: whoever asks every second mostly asks about the same. */
  #found:
    | { readonly of: ServerCounters; readonly backends: readonly string[]; readonly counters: ServerCounters }
    | undefined;

  constructor(paths: RuntimePaths, clock: Clock) {
    this.#paths = paths;
    this.#clock = clock;
  }

  /** To be called when another worker carries the traffic. */
  renew(): void {
    this.#surveyed = undefined;
    this.#found = undefined;
    for (const follower of this.#followers) follower.renew();
  }

  /** To be called with what a survey found of all servers. */
  remember(surveyed: ServerCounters): void {
    this.#surveyed = surveyed;
  }

  async serverCounters(backends: readonly string[]): Promise<ServerCounters | undefined> {
    const surveyed = this.#surveyed;
    // All of them say so much that it is read once for everybody.
    if (backends.length > many && surveyed !== undefined && this.#clock.now() - surveyed.at < oldest)
      return this.#findIn(surveyed, backends);
    return await readServerCounters(this.#paths.adminSocket, this.#clock.now(), backends);
  }

  #findIn(surveyed: ServerCounters, backends: readonly string[]): ServerCounters {
    if (this.#found?.of !== surveyed || this.#found.backends !== backends)
      this.#found = { of: surveyed, backends, counters: ofBackends(surveyed, backends) };
    return this.#found.counters;
  }

  follow(listen: (notice: ServerNotice) => void): { end(): Promise<void> } {
    const follower = new ServerEvents(this.#paths, this.#clock, listen);
    this.#followers.add(follower);
    return {
      end: async () => {
        this.#followers.delete(follower);
        await follower.end();
      },
    };
  }

  advise(backend: string, server: string, health: 'up' | 'down'): Promise<Result<void, Problem>> {
    const place = placeWord(backend, server);
    return this.#say(`health of ${place}`, ['set', 'server', place, 'health', health]);
  }

  /**
   * Connections are reset first, where that is permitted: HAProxy takes it for an answer that never came, tries reads
   * elsewhere, and tells clients of writes. From 3.0 on `shutdown sessions` does neither, but closes the client's
   * connection without a word (measured with 3.0.11; 2.6.12 does both).
   */
  async endSessions(backend: string, server: string): Promise<Result<void, Problem>> {
    const place = placeWord(backend, server);
    const { adminSocket, masterSocket } = this.#paths;
    const [processes, shown] = await Promise.all([
      showProcesses(masterSocket),
      commands(adminSocket, [
        ['show', 'servers', 'state', nameWord(backend)],
        ['show', 'stat', nameWord(backend), servers, '-1'],
      ]),
    ]);
    const { workers, leaving } =
      processes.kind === 'processes' ? processes.list : { workers: [], leaving: [] };
    const [states = '', statistics = ''] = shown.ok ? shown.value : [];
    const row = readServerStates(states)?.find(({ name }) => name === server);
    const counted = readStatistics(statistics)?.find((one) => one.get('svname') === server);
    const old = await Promise.all(leaving.map(({ pid }) => streamsOf(masterSocket, pid, backend, server)));
    // Of a server that is just dead there is mostly nothing to end, and looking for its connections is dear.
    if (counted?.get('scur') === '0' && old.flat().length === 0) return ok(undefined);
    if (row !== undefined) {
      const pids = [...workers, ...leaving].map(({ pid }) => pid);
      const reset = await resetConnections(pids, row).catch(() => 0);
      if (reset > 0) await this.#clock.sleep(timeToRetry);
    }
    const [here] = await Promise.all([
      this.#say(`sessions of ${place}`, ['shutdown', 'sessions', 'server', place]),
      ...leaving.map(({ pid }) => endStreams(masterSocket, pid, backend, server)),
    ]);
    return here;
  }

  async allowRetries(backend: string, allowed: boolean): Promise<Result<void, Problem>> {
    const set = (variable: string, value: boolean) =>
      this.#say(`retries of ${backend}`, ['set', 'var', variable, `bool(${value})`], { experimental: true });
    // It stays so until the next reload: that of another pool may be forbidden, too.
    const any = allowed ? ok(undefined) : await set(anyRetryVariable, true);
    return any.ok ? set(retryVariable(nameWord(backend)), !allowed) : any;
  }

  async #say(
    what: string,
    words: readonly string[],
    options: CommandOptions = {},
  ): Promise<Result<void, Problem>> {
    const said = await tell(this.#paths.adminSocket, what, words, { timeLimit: 2_000, ...options });
    return said.ok ? ok(undefined) : err(problemOf(said.error));
  }
}

function placeWord(backend: string, server: string): string {
  return `${nameWord(backend)}/${nameWord(server)}`;
}

function problemOf({ code, message }: Failure): Problem {
  return { code, what: message, mend: 'it is tried again; see the log of HAProxy' };
}
