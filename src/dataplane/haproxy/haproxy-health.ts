import type { Clock } from '../../kernel/clock.ts';
import type { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { retryVariable } from '../../render/events.ts';
import type { HealthPort, Problem, ServerCounters, ServerNotice } from '../port.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import { endStreams } from './end-streams.ts';
import { showProcesses } from './master-socket.ts';
import type { CommandOptions } from './runtime-socket.ts';
import { readServerCounters } from './server-counters.ts';
import { ServerEvents } from './server-events.ts';
import { tell } from './tell.ts';
import { nameWord } from './words.ts';

/** The health of servers on a real HAProxy. */
export class HaproxyHealth implements HealthPort {
  readonly #paths: RuntimePaths;
  readonly #clock: Clock;
  readonly #followers = new Set<ServerEvents>();

  constructor(paths: RuntimePaths, clock: Clock) {
    this.#paths = paths;
    this.#clock = clock;
  }

  /** To be called when another worker carries the traffic. */
  renew(): void {
    for (const follower of this.#followers) follower.renew();
  }

  serverCounters(backends: readonly string[]): Promise<ServerCounters | undefined> {
    return readServerCounters(this.#paths.adminSocket, this.#clock.now(), backends);
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

  async endSessions(backend: string, server: string): Promise<Result<void, Problem>> {
    const place = placeWord(backend, server);
    const [here] = await Promise.all([
      this.#say(`sessions of ${place}`, ['shutdown', 'sessions', 'server', place]),
      this.#endOldSessions(backend, server),
    ]);
    return here;
  }

  allowRetries(backend: string, allowed: boolean): Promise<Result<void, Problem>> {
    const words = ['set', 'var', retryVariable(nameWord(backend)), `bool(${allowed ? 'false' : 'true'})`];
    return this.#say(`retries of ${backend}`, words, { experimental: true });
  }

  async #endOldSessions(backend: string, server: string): Promise<void> {
    const { masterSocket } = this.#paths;
    const answer = await showProcesses(masterSocket);
    if (answer.kind !== 'processes') return;
    await Promise.all(answer.list.leaving.map(({ pid }) => endStreams(masterSocket, pid, backend, server)));
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
