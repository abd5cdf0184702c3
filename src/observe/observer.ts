import type { DataPlane } from '../dataplane/port.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Configuration } from '../model/configuration.ts';
import type { NodeIdentity } from '../model/node.ts';
import type { ObservedStatus } from '../model/status.ts';
import { CauseFinder } from './cause-finder.ts';
import { limitTables } from './limit-conditions.ts';
import { nodeStatus } from './node-status.ts';
import { type Observation, observe } from './observe.ts';

/** Asks everybody who knows something, and puts it together. */
export class Observer {
  readonly #dataPlane: DataPlane;
  readonly #clock: Clock;
  readonly #causes: CauseFinder;

  constructor(dataPlane: DataPlane, clock: Clock) {
    this.#dataPlane = dataPlane;
    this.#clock = clock;
    this.#causes = new CauseFinder(clock);
  }

  /**
   * The status of a configuration that was applied.
   * @param ir what was compiled from it and the intents in force
   * @param identity of this machine in a pair; absent when it is no node of one
   * @throws Failure when HAProxy lives and does not answer
   */
  async status(
    configuration: Configuration,
    ir: HaproxyIr,
    today: Pick<Observation, 'intents' | 'drift' | 'confirmBy' | 'health'>,
    identity?: NodeIdentity,
  ): Promise<ObservedStatus> {
    const tables = limitTables(ir);
    const [state, running, current, overLimits, addresses] = await Promise.all([
      this.#dataPlane.runtimeState(),
      this.#dataPlane.identity(),
      this.#dataPlane.current(),
      tables.length === 0 ? undefined : this.#dataPlane.overLimit(tables),
      identity === undefined ? undefined : this.#dataPlane.addresses.state(),
    ]);
    const at = this.#clock.now();
    return observe({
      at,
      configuration,
      ir,
      ...today,
      causes: state === undefined ? new Map() : await this.#causes.find(configuration, ir, state),
      ...(state === undefined ? {} : { state }),
      ...(overLimits === undefined ? {} : { overLimits }),
      ...(running === undefined ? {} : { runningDigest: running }),
      ...(identity === undefined || addresses === undefined
        ? {}
        : { node: nodeStatus(identity.name, configuration, addresses, at) }),
      ...(current === undefined ? {} : { expectedDigest: current.digest }),
    });
  }
}
