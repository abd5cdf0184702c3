import type { HealthPort, ServerNotice } from '../dataplane/port.ts';
import type { Clock } from '../kernel/clock.ts';
import { isUp, type RuntimeServer } from '../model/runtime-state.ts';
import { classOf } from './check-class.ts';
import type { PoolPolicy } from './policy.ts';
import { keyOf } from './server-key.ts';

export interface ReaperParts {
  readonly port: Pick<HealthPort, 'endSessions'>;
  readonly clock: Clock;
  /** Undefined for a backend that is not in service. */
  policy(backend: string): PoolPolicy | undefined;
  /** How the servers of some backends are now; absent when HAProxy does not answer. */
  servers(backends: readonly string[]): Promise<readonly RuntimeServer[] | undefined>;
}

/** So many servers are seen to at the same time: when a site goes down, thousands are due at once. */
const atOnce = 4;

interface Fallen {
  /** When it went down, in milliseconds since 1970. */
  readonly since: number;
  ended: boolean;
}

/**
 * Ends what is under way to a server that went down because it does not answer: whoever waits for it waits in vain. Not
 * at once, so that connections that were being made are tried elsewhere first. And again for as long as somebody is found
 * to wait: a connection that was just being made when the others were ended may have come to the same server.
 */
export class Reaper {
  readonly #parts: ReaperParts;
  readonly #fallen = new Map<string, Fallen>();
  /** Whose turn it is, the next one last. */
  readonly #waiting: (() => Promise<void>)[] = [];
  #working = 0;

  constructor(parts: ReaperParts) {
    this.#parts = parts;
  }

  notice({ backend, server, health, at }: ServerNotice): void {
    const key = keyOf(backend, server);
    if (health === 'up') {
      this.#fallen.delete(key);
      return;
    }
    const after = this.#parts.policy(backend)?.endSessionsAfter;
    if (after === undefined || this.#fallen.has(key)) return;
    const fallen: Fallen = { since: at, ended: false };
    this.#fallen.set(key, fallen);
    void this.#lookLater(backend, server, fallen, after);
  }

  /**
   * Takes a later look: why a server is down may become clear while it is down. A server that was told to be down, or that
   * live traffic took out, is silent only when a check says so.
   */
  sample(servers: readonly RuntimeServer[], at: number): void {
    for (const server of servers) {
      const key = keyOf(server.backend, server.name);
      const known = this.#fallen.get(key);
      if (isUp(server) || server.admin === 'maintenance') {
        // An older look must not undo a notice.
        if (known !== undefined && at - known.since > 2_000) this.#fallen.delete(key);
        continue;
      }
      const after = this.#parts.policy(server.backend)?.endSessionsAfter;
      if (after === undefined) continue;
      const fallen = known ?? { since: Math.min(server.since, at), ended: false };
      this.#fallen.set(key, fallen);
      if (at - fallen.since >= after) this.#reap(server, fallen);
    }
  }

  end(): void {
    this.#waiting.length = 0;
    this.#fallen.clear();
  }

  async #lookLater(backend: string, name: string, fallen: Fallen, after: number): Promise<void> {
    await this.#parts.clock.sleep(after);
    const key = keyOf(backend, name);
    if (this.#fallen.get(key) !== fallen || fallen.ended) return;
    const servers = await this.#parts.servers([backend]);
    if (this.#fallen.get(key) !== fallen) return;
    const server = servers?.find((one) => keyOf(one.backend, one.name) === key);
    if (server !== undefined && !isUp(server) && server.admin !== 'maintenance') this.#reap(server, fallen);
  }

  /** Whether somebody waits for it all the same. */
  async #lookAgain(backend: string, name: string, fallen: Fallen): Promise<void> {
    const after = this.#parts.policy(backend)?.endSessionsAfter;
    if (after === undefined) return;
    await this.#parts.clock.sleep(after);
    const isOurs = () => this.#fallen.get(keyOf(backend, name)) === fallen;
    if (!isOurs()) return;
    const servers = await this.#parts.servers([backend]);
    const server = servers?.find((one) => one.backend === backend && one.name === name);
    if (!isOurs() || server === undefined || isUp(server) || server.sessions === 0) return;
    fallen.ended = false;
    this.#reap(server, fallen);
  }

  #reap({ backend, name, check, sessions }: RuntimeServer, fallen: Fallen): void {
    if (fallen.ended || classOf(check) !== 'silent') return;
    fallen.ended = true;
    const end = async () => {
      const done = await this.#parts.port.endSessions(backend, name);
      // The next look tries again.
      if (!done.ok) fallen.ended = false;
      // A site that goes down has thousands of servers that nobody waits for: those are not asked about one by one.
      else if (sessions > 0) void this.#lookAgain(backend, name, fallen);
    };
    // Where nobody is known to wait, it is only to be sure: workers that leave may have sessions of their own.
    if (sessions > 0) this.#waiting.push(end);
    else this.#waiting.unshift(end);
    while (this.#working < atOnce && this.#waiting.length > 0) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working += 1;
    try {
      for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) await next();
    } finally {
      this.#working -= 1;
    }
  }
}
