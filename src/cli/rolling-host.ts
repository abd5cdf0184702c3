import { unreachable } from '../kernel/bug.ts';
import { type Duration, duration, formatDuration } from '../model/duration.ts';
import type { Status } from '../model/status.ts';
import { type ControllerPlace, call } from './client.ts';
import type { CliContext } from './context.ts';
import { sessionWords } from './intent-words.ts';
import { type LiveLine, liveLine, silentLine } from './live-line.ts';
import type { WhereOptions } from './options.ts';
import { poll } from './poll.ts';
import { type Place, type SeenServer, seenServers, takesRequests } from './seen-servers.ts';
import { type Drained, waitForSessions } from './session-wait.ts';
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

/** Where and why a roll stopped. */
export interface Stopped {
  readonly step: 'drain' | 'wait' | 'patch' | 'health' | 'enable';
  /** A clause for people. */
  readonly why: string;
  /** Whether it was left out of service. */
  readonly drained: boolean;
}

const byHand: Pick<Stopped, 'why' | 'drained'> = { why: 'interrupted', drained: true };

/** One host on its way through a roll. */
export class RollingHost {
  step: Stopped['step'] = 'drain';
  readonly #target: string;
  readonly #options: RollOptions;
  readonly #context: CliContext;
  readonly #signal: AbortSignal;
  readonly #controller: ControllerPlace;
  #places: readonly Place[] = [];
  #addresses = '';
  /** Servers that took no requests before either, as declared. */
  #idle: readonly Place[] = [];

  constructor(
    target: string,
    controller: ControllerPlace,
    options: RollOptions,
    context: CliContext,
    signal: AbortSignal,
  ) {
    this.#target = target;
    this.#options = options;
    this.#context = context;
    this.#signal = signal;
    this.#controller = controller;
  }

  /** @returns the sessions that are open, in words */
  async drain(): Promise<string> {
    const status = await this.#ask();
    const wish = { ...this.#options, force: false };
    const { mine } = await intend(this.#controller, { kind: 'drain' }, this.#target, wish, this.#context);
    this.#places = mine.servers;
    this.#idle = seenServers(status, this.#places)
      .filter(({ weight, intents }) => weight === 0 && intents.length === 0)
      .map(({ service, name }) => ({ service, server: name }));
    const servers = seenServers(await this.#ask(), this.#places);
    this.#addresses = [...new Set(servers.map(({ address }) => address))].join(' ');
    return servers.map((one) => `${one.service}: ${sessionWords(one.sessions ?? 0)}`).join(', ');
  }

  async waitForSessions(): Promise<Drained> {
    this.step = 'wait';
    const line = this.#line();
    const patience = this.#patience(this.#options.deadline);
    return await waitForSessions(this.#places, patience, (text) => line.show(`waiting: ${text}`)).finally(
      () => line.end(),
    );
  }

  async patch(): Promise<Pick<Stopped, 'why' | 'drained'> | undefined> {
    this.step = 'patch';
    const { run, json } = this.#options;
    if (run === undefined) {
      const pressed = await this.#context.ask(`patch ${this.#target}, then press Enter `, this.#signal);
      return pressed ? undefined : byHand;
    }
    const environment = { AORTA_HOST: this.#target, AORTA_ADDRESS: this.#addresses };
    const ended = await this.#context.machine.runCommand(run, environment, json ? 'stderr' : 'stdout');
    if (this.#signal.aborted) return byHand;
    if (ended.code === 0) return undefined;
    const how =
      ended.code === undefined ? `ended by ${ended.signal ?? 'a signal'}` : `ended with ${ended.code}`;
    return { why: `the command ${how}`, drained: true };
  }

  /** Until a check of each server passes that began after it was patched. */
  async waitForHealth(): Promise<Pick<Stopped, 'why' | 'drained'> | undefined> {
    this.step = 'health';
    let lookedAt: number | undefined;
    return await this.#await(this.#options.healthDeadline, true, (server, status) => {
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

  async enable(): Promise<Pick<Stopped, 'why' | 'drained'> | undefined> {
    if (this.#signal.aborted) return byHand;
    this.step = 'enable';
    const { service, reason, author } = this.#options;
    await call(this.#controller, 'enable', {
      target: this.#target,
      ...(service === undefined ? {} : { service }),
      reason,
      author: author ?? this.#context.user,
    });
    return await this.#await(this.#options.healthDeadline, false, (server) => this.#whyIdle(server));
  }

  /**
   * Until each server has taken requests for a while without a break. A server that was just started and gets the load
   * of its siblings, too, may be too slow for its own health check, and then nobody is left.
   */
  async settle(): Promise<Pick<Stopped, 'why' | 'drained'> | undefined> {
    const { settle, healthDeadline } = this.#options;
    // By the clock of the controller, which may be another machine's.
    let brokenAt: number | undefined;
    let soundSince: number | undefined;
    return await this.#await(settle + healthDeadline, false, (server, status) => {
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
    drained: boolean,
    missing: (server: SeenServer, status: Status) => string | undefined,
  ): Promise<Pick<Stopped, 'why' | 'drained'> | undefined> {
    const line = this.#line();
    const reasons = (status: Status) =>
      seenServers(status, this.#places).flatMap((server) => {
        const why = missing(server, status);
        return why === undefined ? [] : [`${server.service}/${server.name}: ${why}`];
      });
    const polled = await poll(this.#patience(deadline), (status) => {
      const left = reasons(status);
      if (left.length > 0) line.show(`waiting: ${left.join(', ')}`);
      return left.length === 0 ? true : undefined;
    }).finally(() => line.end());
    switch (polled.kind) {
      case 'found':
        return undefined;
      case 'interrupted':
        return { why: 'interrupted', drained };
      case 'deadline':
        return { why: `after ${words(deadline)} still: ${reasons(polled.last).join(', ')}`, drained };
      default:
        return unreachable(polled, 'the end of waiting');
    }
  }

  #line(): LiveLine {
    return this.#options.json ? silentLine : liveLine(this.#context);
  }

  #patience(deadline: number) {
    return { ask: () => this.#ask(), deadline, signal: this.#signal, now: () => this.#context.now() };
  }

  #ask(): Promise<Status> {
    return call(this.#controller, 'status');
  }
}

/** A length of time for people. */
export function words(milliseconds: number): string {
  return milliseconds === 0 ? 'less than a second' : formatDuration(milliseconds as Duration);
}
