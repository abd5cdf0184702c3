import { compiled, estate, running } from '../../src/compile/estate-fixture.ts';
import type { IntentInForce, IntentsAnswer } from '../../src/contract/answers.ts';
import { contractVersion } from '../../src/contract/contract-version.ts';
import type { Controller } from '../../src/contract/controller.ts';
import { aortaVersion } from '../../src/kernel/version.ts';
import type { Intent } from '../../src/model/intent.ts';
import type { OperationalState } from '../../src/model/runtime-state.ts';
import type { Status } from '../../src/model/status.ts';
import { observe } from '../../src/observe/observe.ts';
import { intentsEndedBy, resolveTarget, serversOf, withIntent } from '../../src/reconcile/intents.ts';
import { refuseLastServer } from '../../src/reconcile/last-server.ts';

/** How long a check of the simulated servers takes at most, with what is between two, in milliseconds. */
export const checkedWithin = 700;

/** A controller without a HAProxy: what is decided is decided by the product, what servers do by the test. */
export class SimulatedEstate {
  intents: readonly Intent[] = [];
  /** Of the declaration in service. */
  digest = 'd'.repeat(64);
  /** By `service/server`; else none. */
  readonly sessions = new Map<string, number>();
  /** By `service/server`; else up. */
  readonly health = new Map<string, OperationalState>();
  /** Told before each status, for what happens while somebody waits. @param count from 1 */
  onStatus: (count: number) => void = () => undefined;
  #looks = 0;
  #next = 1;

  readonly controller: Pick<Controller, 'status' | 'intents' | 'intend' | 'enable'> = {
    status: async () => {
      this.#looks += 1;
      this.onStatus(this.#looks);
      return this.#status();
    },
    intents: async () => this.#answer(this.intents),
    intend: async ({ wish, target: called, service, duration, force, author, reason }) => {
      const resolved = resolveTarget(called, service, estate);
      if (!resolved.ok) throw resolved.error;
      const target = resolved.value;
      const ir = compiled(this.intents);
      const before = { configuration: estate, intents: this.intents, ir, state: this.#running() };
      const refused = force === true ? undefined : refuseLastServer({ wish, target }, before);
      if (refused !== undefined) throw refused;
      const since = Date.now();
      const until = duration === undefined ? {} : { until: since + duration };
      this.intents = withIntent(this.intents, {
        id: this.#next,
        wish,
        target,
        author: author ?? 'nobody',
        reason,
        since,
        ...until,
      });
      this.#next += 1;
      return this.#answer(
        this.intents.filter((one) => JSON.stringify(one.target) === JSON.stringify(target)),
      );
    },
    enable: async (request) => {
      const ended = intentsEndedBy(request, estate, this.intents);
      if (!ended.ok) throw ended.error;
      this.intents = this.intents.filter((one) => !ended.value.includes(one));
      return this.#answer(ended.value);
    },
  };

  #answer(intents: readonly Intent[]): IntentsAnswer {
    return {
      intents: intents.map((one): IntentInForce => ({ ...one, servers: serversOf(one.target, estate) })),
    };
  }

  #running() {
    const state = running(compiled(this.intents), Object.fromEntries(this.health));
    const sessionsOf = (backend: string, name: string) =>
      this.sessions.get(`${backend.replace('.servers', '')}/${name}`) ?? 0;
    const servers = state.servers.map((one) => ({ ...one, sessions: sessionsOf(one.backend, one.name) }));
    return { ...state, servers };
  }

  #status(): Status {
    const status = observe({
      at: Date.now(),
      configuration: estate,
      ir: compiled(this.intents),
      state: this.#running(),
      causes: new Map(),
      intents: this.intents,
      drift: [],
    });
    const services = status.services.map((service) => ({
      ...service,
      servers: service.servers.map((server) => ({ ...server, checkedWithin })),
    }));
    return {
      ...status,
      services,
      controller: { version: aortaVersion, contract: contractVersion },
      declaration: { revision: 1, digest: this.digest },
    };
  }
}
