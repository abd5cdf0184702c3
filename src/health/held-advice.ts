import type { HealthPort, ServerNotice } from '../dataplane/port.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Advice } from '../model/health.ts';
import { keyOf } from './server-key.ts';

/** A server that is told again and again, and at once when HAProxy says otherwise. */
interface Held {
  readonly backend: string;
  readonly server: string;
  readonly health: Advice['health'];
  /** In milliseconds. */
  readonly repeat: number;
  toldAt: number;
}

/** Between two advices about one server, in milliseconds: errors of live traffic can contradict hundreds of times a second. */
const leastPause = 20;

/** How often it is looked what is due, in milliseconds. */
const grain = 50;

/** So many commands are under way at most. */
const atOnce = 8;

/**
 * Repeats advice as long as it is given, because HAProxy's own checks overrule it within seconds. That is meant: when nobody repeats it
 * any more, they decide again.
 */
export class HeldAdvice {
  readonly #port: Pick<HealthPort, 'advise'>;
  readonly #clock: Clock;
  #held = new Map<string, Held>();
  #running = false;
  #ended = false;

  constructor(port: Pick<HealthPort, 'advise'>, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  /** What is advised about the servers of a backend from now on; what is not in it is advised no more. */
  set(
    backend: string,
    advice: ReadonlyMap<string, Advice>,
    repeat: Readonly<Record<Advice['health'], number>>,
  ): void {
    for (const [key, held] of this.#held) {
      if (held.backend === backend && advice.get(held.server)?.health !== held.health) this.#held.delete(key);
    }
    for (const [server, { health }] of advice) {
      const key = keyOf(backend, server);
      if (!this.#held.has(key))
        this.#held.set(key, { backend, server, health, repeat: repeat[health], toldAt: 0 });
    }
    this.#run();
  }

  notice({ backend, server, health }: ServerNotice): void {
    const held = this.#held.get(keyOf(backend, server));
    if (held === undefined || held.health === health) return;
    const wait = held.toldAt + leastPause - this.#clock.now();
    if (wait <= 0) void this.#tell(held);
    else void this.#clock.sleep(wait).then(() => this.#tell(held));
  }

  end(): void {
    this.#ended = true;
    this.#held.clear();
  }

  #run(): void {
    if (this.#running || this.#ended || this.#held.size === 0) return;
    this.#running = true;
    void this.#repeat().finally(() => {
      this.#running = false;
    });
  }

  async #repeat(): Promise<void> {
    while (this.#held.size > 0) {
      const now = this.#clock.now();
      const due = [...this.#held.values()].filter(({ toldAt, repeat }) => now - toldAt >= repeat);
      for (let from = 0; from < due.length; from += atOnce)
        await Promise.all(due.slice(from, from + atOnce).map((held) => this.#tell(held)));
      await this.#clock.sleep(grain);
    }
  }

  /** What HAProxy does not take, because it reloads or does not know the server, is said again. */
  async #tell(held: Held): Promise<void> {
    const { backend, server, health } = held;
    if (this.#held.get(keyOf(backend, server)) !== held) return;
    held.toldAt = this.#clock.now();
    await this.#port.advise(backend, server, health);
  }
}
