import { unreachable } from '../kernel/bug.ts';
import { type Duration, duration, formatDuration } from '../model/duration.ts';
import type { Status } from '../model/status.ts';
import { type ControllerPlace, call } from './client.ts';
import type { CliContext } from './context.ts';
import { sessionWords } from './intent-words.ts';
import type { WhereOptions } from './options.ts';
import { type Patience, poll } from './poll.ts';
import { type Place, type SeenServer, seenServers, takesRequests } from './seen-servers.ts';
import { waitForSessions } from './session-wait.ts';
import { intend } from './taking-out.ts';

export const defaultDeadline = duration('10m');
export const defaultHealthDeadline = duration('5m');
export const defaultSettle = duration('10s');

export interface RollOptions extends WhereOptions {
  readonly json: boolean;
  readonly service?: string | undefined;
  /** A command for the shell; absent: somebody at the terminal patches and presses Enter. */
  readonly run?: string | undefined;
  /** For the last session of a host to end. */
  readonly deadline: Duration;
  /** For a host to be healthy after it was patched, and to take requests after it was enabled. */
  readonly healthDeadline: Duration;
  /** How long a host takes requests without a break before the next one is drained. */
  readonly settle: Duration;
  readonly reason: string;
  readonly author?: string | undefined;
}

/** How somebody waits for a host. */
export interface Waiting {
  /** Told what is waited for. */
  readonly show: (text: string) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** One host on its way through a roll, as one node sees it. Each wait says why it ended too early, as a clause; undefined: all is well. */
export class RollingHost {
  readonly #target: string;
  readonly #options: RollOptions;
  readonly #context: CliContext;
  readonly #controller: ControllerPlace;
  #places: readonly Place[] = [];
  #addresses: readonly string[] = [];
  #drained = false;
  /** Servers that took no requests before either, as declared. */
  #idle: readonly Place[] = [];

  constructor(target: string, controller: ControllerPlace, options: RollOptions, context: CliContext) {
    this.#target = target;
    this.#options = options;
    this.#context = context;
    this.#controller = controller;
  }

  /** The node's name; absent: the controller of this machine. */
  get node(): string | undefined {
    return typeof this.#controller === 'string' ? undefined : this.#controller.name;
  }

  /** Of its servers. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Whether it is out of service because of this roll. */
  get drained(): boolean {
    return this.#drained;
  }

  /** @returns the sessions that are open, in words */
  async drain(): Promise<string> {
    const status = await this.#ask();
    const wish = { ...this.#options, force: false };
    const { mine } = await intend(this.#controller, { kind: 'drain' }, this.#target, wish, this.#context);
    this.#drained = true;
    this.#places = mine.servers;
    this.#idle = seenServers(status, this.#places)
      .filter(({ weight, intents }) => weight === 0 && intents.length === 0)
      .map(({ service, name }) => ({ service, server: name }));
    const servers = seenServers(await this.#ask(), this.#places);
    this.#addresses = servers.map(({ address }) => address);
    return servers.map((one) => `${one.service}: ${sessionWords(one.sessions ?? 0)}`).join(', ');
  }

  async waitForSessions(waiting: Waiting): Promise<string | undefined> {
    const patience = this.#patience(this.#options.deadline, waiting);
    const drained = await waitForSessions(this.#places, patience, waiting.show);
    switch (drained.kind) {
      case 'empty':
        return undefined;
      case 'deadline':
        return `the deadline has passed and this is open: ${drained.open}`;
      case 'enabled':
        this.#drained = false;
        return 'somebody else enabled it';
      case 'interrupted':
        return 'interrupted';
      default:
        return unreachable(drained, 'the end of waiting for sessions');
    }
  }

  /** Until a check of each server passes that began after it was patched. */
  async waitForHealth(waiting: Waiting): Promise<string | undefined> {
    let lookedAt: number | undefined;
    return await this.#await(this.#options.healthDeadline, waiting, (server, status) => {
      if (server.state === 'maintenance') return 'somebody put it in maintenance';
      if (server.health === 'no-check') return undefined;
      if (server.health !== 'up')
        return server.cause ?? server.check ?? server.health ?? 'HAProxy does not know it';
      // HAProxy does not say when a check began. One that did before has been followed by another one by then. All by
      // the clock of the controller, which may be another machine's.
      lookedAt ??= status.at;
      return status.at < lookedAt + server.checkedWithin ? 'waiting for the next check' : undefined;
    });
  }

  async enable(waiting: Waiting): Promise<string | undefined> {
    const { service, reason, author } = this.#options;
    await call(this.#controller, 'enable', {
      target: this.#target,
      ...(service === undefined ? {} : { service }),
      reason,
      author: author ?? this.#context.user,
    });
    this.#drained = false;
    return await this.#await(this.#options.healthDeadline, waiting, (server) => this.#whyIdle(server));
  }

  /**
   * Until each server has taken requests for a while without a break. A server that was just started and gets the load
   * of its siblings, too, may be too slow for its own health check, and then nobody is left.
   */
  async settle(waiting: Waiting): Promise<string | undefined> {
    const { settle, healthDeadline } = this.#options;
    // By the clock of the controller, which may be another machine's.
    let brokenAt: number | undefined;
    let soundSince: number | undefined;
    return await this.#await(settle + healthDeadline, waiting, (server, status) => {
      const why = this.#whyIdle(server);
      if (why !== undefined) {
        brokenAt = status.at;
        soundSince = undefined;
        return why;
      }
      if (status.at !== brokenAt) soundSince ??= status.at;
      return soundSince === undefined || status.at < soundSince + settle ? 'is settling in' : undefined;
    });
  }

  /** Undefined when a server takes requests, or took none before either. */
  #whyIdle(server: SeenServer): string | undefined {
    if (takesRequests(server)) return undefined;
    const before = this.#idle.some((one) => one.service === server.service && one.server === server.name);
    return before ? undefined : (server.cause ?? server.check ?? server.state);
  }

  /** Until nothing is missing of any server. */
  async #await(
    deadline: number,
    waiting: Waiting,
    missing: (server: SeenServer, status: Status) => string | undefined,
  ): Promise<string | undefined> {
    const reasons = (status: Status) =>
      seenServers(status, this.#places).flatMap((server) => {
        const why = missing(server, status);
        return why === undefined ? [] : [`${server.service}/${server.name}: ${why}`];
      });
    const polled = await poll(this.#patience(deadline, waiting), (status) => {
      const left = reasons(status);
      if (left.length > 0) waiting.show(left.join(', '));
      return left.length === 0 ? true : undefined;
    });
    switch (polled.kind) {
      case 'found':
        return undefined;
      case 'interrupted':
        return 'interrupted';
      case 'deadline':
        return `after ${words(deadline)} still: ${reasons(polled.last).join(', ')}`;
      default:
        return unreachable(polled, 'the end of waiting');
    }
  }

  #patience(deadline: number, { signal }: Waiting): Patience {
    return { ask: () => this.#ask(), deadline, signal, now: () => this.#context.now() };
  }

  #ask(): Promise<Status> {
    return call(this.#controller, 'status');
  }
}

/** A length of time for people. */
export function words(milliseconds: number): string {
  return milliseconds === 0 ? 'less than a second' : formatDuration(milliseconds as Duration);
}
