import type { Clock, Timer } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import { Failure } from '../../kernel/failure.ts';
import type { Name } from '../../model/name.ts';
import type { TicketStatus } from '../../model/status.ts';
import type { TicketRing } from '../../model/ticket-ring.ts';
import { isSameRing, mergeRings, newestOf, newRing, type Random, rotated } from './rings.ts';
import { Rotation } from './rotation.ts';

/** How often the other nodes are asked, in milliseconds. */
const rhythm = 10_000;

/** Where the keys are kept, and who uses them. */
export interface TicketPort {
  /** What an earlier controller left; absent: nothing. */
  tickets(): Promise<TicketRing | undefined>;
  /** Keeps these from now on, and makes HAProxy use them. Touches nothing that is as it should be. */
  bringTickets(ring: TicketRing): Promise<void>;
}

export interface TicketKeeperParts {
  readonly port: TicketPort;
  readonly clock: Pick<Clock, 'now'>;
  readonly timer: Timer;
  /** Milliseconds of a clock that only goes on. */
  readonly uptime: () => number;
  readonly random: Random;
  /** The nodes of the pair in service, by name; empty on a machine alone. */
  readonly nodes: () => readonly Name[];
  /** This node; absent: a machine alone. */
  readonly own?: Name;
  /** What another node has; undefined when it does not answer. Absent: nobody is asked. */
  readonly ask?: (node: Name) => Promise<TicketRing | undefined>;
  /** Told what keeps it from its work, once. */
  readonly onNote: (note: string) => void;
}

/**
 * Keeps the keys of TLS session tickets: the same on all nodes, and new ones in time. Without it HAProxy goes on with the
 * keys that it has.
 */
export class TicketKeeper {
  readonly #parts: TicketKeeperParts;
  readonly #rotation: Rotation;
  readonly #ending = new AbortController();
  #ring: TicketRing | undefined;
  #trouble = '';
  #done: Promise<void> = Promise.resolve();

  constructor(parts: TicketKeeperParts) {
    this.#parts = parts;
    this.#rotation = new Rotation(parts.uptime);
  }

  /** Absent before {@link prepare}. */
  get ring(): TicketRing | undefined {
    return this.#ring;
  }

  /** Sees to it that there are keys; to be called before HAProxy is started. @throws Failure `state-unusable` */
  async prepare(): Promise<void> {
    const { port, clock, random } = this.#parts;
    const ring = (await port.tickets()) ?? newRing(clock.now(), random);
    await port.bringTickets(ring);
    this.#ring = ring;
  }

  begin(): void {
    this.#done = this.#run();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#done;
  }

  /** Asks the others, makes a key when it is time, and gives HAProxy what it lacks. */
  async round(): Promise<void> {
    const { port, clock, random, own, ask } = this.#parts;
    if (this.#ring === undefined) return;
    const nodes = this.#parts.nodes();
    const others = ask === undefined ? [] : nodes.filter((node) => node !== own).map(ask);
    const answers = (await Promise.all(others)).filter((answer) => answer !== undefined);
    let ring = mergeRings(this.#ring, ...answers);
    const now = clock.now();
    const place = Math.max(own === undefined ? 0 : nodes.indexOf(own), 0);
    if (this.#rotation.isDue(newestOf(ring), now, place)) ring = rotated(ring, now, random);
    if (this.#ending.signal.aborted) return;
    if (!isSameRing(ring, this.#ring)) this.#ring = ring;
    await port.bringTickets(this.#ring);
  }

  status(): TicketStatus | undefined {
    if (this.#ring === undefined) return undefined;
    return {
      fingerprint: sha256(this.#ring.map(({ key }) => key.reveal()).join('\n')).slice(0, 12),
      ofPair: this.#parts.nodes().length > 1,
      age: Math.round(this.#rotation.age(newestOf(this.#ring), this.#parts.clock.now())),
    };
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await this.#roundOrNote();
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    const { signal } = this.#ending;
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const callOff = this.#parts.timer.after(rhythm, resolve);
      signal.addEventListener('abort', () => {
        callOff();
        resolve();
      });
    });
  }

  /** What the environment refuses, such as memory that is full, does not end the controller: HAProxy has its keys. */
  async #roundOrNote(): Promise<void> {
    try {
      await this.round();
      this.#trouble = '';
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.message !== this.#trouble) this.#parts.onNote(`${error.message}; ${error.mend}`);
      this.#trouble = error.message;
    }
  }
}
