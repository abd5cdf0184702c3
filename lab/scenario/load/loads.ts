import type { Entrance } from '../../entrance.ts';
import type { Sample } from '../recording.ts';
import type { Clients } from '../setting.ts';
import { Generator } from './generator.ts';
import type { LoadOrder } from './order.ts';

const GROUPS = ['apis', 'apps'] as const;

/** One load, or the same in halves where clients reach two groups of addresses. */
export class Loads {
  readonly #generators: readonly Generator[];

  constructor(
    { reached, second }: Pick<Clients, 'reached' | 'second'>,
    order: Omit<LoadOrder, 'address' | 'port' | 'hostname'>,
    entrance: Entrance,
  ) {
    const places = second === undefined ? [reached] : [reached, second];
    const rate = order.rate / places.length;
    this.#generators = places.map((place) => new Generator({ ...order, ...place, rate }, entrance));
  }

  get samples(): readonly Sample[] {
    const [only, second] = this.#generators;
    if (only !== undefined && second === undefined) return only.samples;
    return this.#generators.flatMap(({ samples }, index) =>
      samples.map((one) => ({ ...one, group: GROUPS[index] ?? 'apis' })),
    );
  }

  async ready(): Promise<void> {
    await Promise.all(this.#generators.map((one) => one.ready()));
  }

  /** See {@link Generator.go}. */
  go(at: number, milliseconds: number, ramp: number): void {
    for (const one of this.#generators) one.go(at, milliseconds, ramp);
  }

  multiply(times: number): void {
    for (const one of this.#generators) one.multiply(times);
  }

  async ended(): Promise<{ readonly due: number; readonly late: number }> {
    const all = await Promise.all(this.#generators.map((one) => one.ended()));
    const sum = (key: 'due' | 'late') => all.reduce((total, one) => total + one[key], 0);
    return { due: sum('due'), late: sum('late') };
  }
}
