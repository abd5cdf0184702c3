import type { DataPlane } from '../dataplane/port.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Configuration } from '../model/configuration.ts';
import type { ObservedStatus } from '../model/status.ts';
import { CauseFinder } from './cause-finder.ts';
import { limitTables } from './limit-conditions.ts';
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
   * @throws Failure when HAProxy lives and does not answer
   */
  async status(
    configuration: Configuration,
    ir: HaproxyIr,
    today: Pick<Observation, 'intents' | 'drift' | 'confirmBy' | 'health'>,
  ): Promise<ObservedStatus> {
    const tables = limitTables(ir);
    const [state, running, current, overLimits] = await Promise.all([
      this.#dataPlane.runtimeState(),
      this.#dataPlane.identity(),
      this.#dataPlane.current(),
      tables.length === 0 ? undefined : this.#dataPlane.overLimit(tables),
    ]);
    return observe({
      at: this.#clock.now(),
      configuration,
      ir,
      ...today,
      causes: state === undefined ? new Map() : await this.#causes.find(configuration, ir, state),
      ...(state === undefined ? {} : { state }),
      ...(overLimits === undefined ? {} : { overLimits }),
      ...(running === undefined ? {} : { runningDigest: running }),
      ...(current === undefined ? {} : { expectedDigest: current.digest }),
    });
  }
}
