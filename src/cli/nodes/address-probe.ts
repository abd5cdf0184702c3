import { request as openPlain, Agent as PlainAgent } from 'node:http';
import { request as openTls, Agent as TlsAgent } from 'node:https';
import type { Address, Port } from '../../model/address.ts';
import type { Status } from '../../model/status.ts';

/** A service at a virtual address, as a client calls it. */
export interface ProbeTarget {
  readonly address: Address;
  readonly port: Port;
  readonly tls: boolean;
  readonly hostname?: string;
}

/** What clients would have noticed. */
export interface ProbeReport {
  /** Those that have ended. */
  readonly sent: number;
  /** Not answered: refused, reset, or silent for {@link patience}. Every answer counts as one, an error too. */
  readonly failed: number;
  /** The longest time in which no answer came from one of the targets, in milliseconds. */
  readonly longestGap: number;
  /** Addresses that have not answered once. */
  readonly unreached: readonly Address[];
  /** Why requests failed, by how often. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Between two requests of one kind to one target, in milliseconds. */
const rhythm = 50;
/** For an answer, in milliseconds; more than a lost packet costs at the begin of a connection, twice. */
const patience = 5_000;

/** One for each virtual address that answers HTTP. */
export function probeTargets({ node, services }: Status): ProbeTarget[] {
  const moving = new Set(node?.groups.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  const targets = services.flatMap(({ hostnames, listeners }) =>
    listeners
      .filter(({ address }) => moving.has(address))
      .map(({ address, port, protocol }): ProbeTarget => {
        const [hostname] = hostnames;
        return { address, port, tls: protocol === 'https', ...(hostname === undefined ? {} : { hostname }) };
      }),
  );
  return [...new Map(targets.map((target) => [target.address, target])).values()];
}

/**
 * Asks services all the time, each on connections of their own and on one that is kept. Certificates are not looked at:
 * what is asked for is no secret, and whether it is answered is all that matters.
 */
export class AddressProbe {
  readonly #now: () => number;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #agents: (PlainAgent | TlsAgent)[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #targets: readonly ProbeTarget[];
  readonly #reached = new Set<ProbeTarget>();
  readonly #lastAnswer = new Map<ProbeTarget, number>();
  readonly #reasons = new Map<string, number>();
  #sent = 0;
  #failed = 0;
  #longestGap = 0;

  constructor(targets: readonly ProbeTarget[], now: () => number) {
    this.#now = now;
    this.#targets = targets;
    for (const target of targets) {
      this.#lastAnswer.set(target, now());
      for (const keepAlive of [false, true]) this.#askAllTheTime(target, keepAlive);
    }
  }

  report(): ProbeReport {
    return {
      sent: this.#sent,
      failed: this.#failed,
      longestGap: this.#longestGap,
      unreached: this.#targets.filter((one) => !this.#reached.has(one)).map(({ address }) => address),
      reasons: Object.fromEntries(this.#reasons),
    };
  }

  /** Waits for what is under way. */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#underWay);
    for (const agent of this.#agents) agent.destroy();
  }

  #askAllTheTime(target: ProbeTarget, keepAlive: boolean): void {
    const options = { keepAlive, maxSockets: keepAlive ? 1 : 64 };
    const agent = target.tls ? new TlsAgent(options) : new PlainAgent(options);
    this.#agents.push(agent);
    let waiting = false;
    const timer = setInterval(() => {
      // One connection carries one request at a time.
      if (keepAlive && waiting) return;
      waiting = true;
      const asked = this.#ask(target, agent).finally(() => {
        waiting = false;
        this.#underWay.delete(asked);
      });
      this.#underWay.add(asked);
    }, rhythm);
    this.#timers.push(timer);
  }

  #ask(target: ProbeTarget, agent: PlainAgent | TlsAgent): Promise<void> {
    const { address, port, tls, hostname } = target;
    const options = {
      ...{ host: address, port, path: '/', agent },
      headers: { host: hostname ?? address, 'user-agent': 'aorta-rehearse' },
      signal: AbortSignal.timeout(patience),
    };
    return new Promise((resolve) => {
      const outgoing = tls
        ? openTls({ ...options, servername: hostname ?? '', rejectUnauthorized: false })
        : openPlain(options);
      outgoing.once('response', (response) => {
        response.resume();
        response.once('error', (error) => this.#fail(error));
        response.once('close', () => {
          if (response.complete) this.#answer(target);
          resolve();
        });
      });
      outgoing.once('error', (error) => {
        this.#fail(error);
        resolve();
      });
      outgoing.end();
    });
  }

  #answer(target: ProbeTarget): void {
    this.#sent += 1;
    const now = this.#now();
    this.#longestGap = Math.max(this.#longestGap, now - (this.#lastAnswer.get(target) ?? now));
    this.#lastAnswer.set(target, now);
    this.#reached.add(target);
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#sent += 1;
    this.#failed += 1;
    const what = error.name === 'TimeoutError' ? 'no answer in time' : (error.code ?? error.name);
    this.#reasons.set(what, (this.#reasons.get(what) ?? 0) + 1);
  }
}
