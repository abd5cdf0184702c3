import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { type Entrance, forkThrough } from '../../entrance.ts';
import type { Sample } from '../recording.ts';
import type { LoadCommand, LoadOrder, LoadReport } from './order.ts';

/** The load generator, as its parent sees it. */
export class Generator {
  readonly samples: Sample[] = [];
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<{ readonly due: number; readonly late: number }>();

  /** @param entrance to the machine of the clients */
  constructor(order: LoadOrder, entrance: Entrance = []) {
    this.#child = forkThrough(entrance, join(import.meta.dirname, 'main.ts'), []);
    this.#child.on('message', (report: LoadReport) => this.#hear(report));
    this.#child.once('exit', (code) => {
      const error = new Error(`the load generator ended with ${code}`);
      this.#ready.reject(error);
      this.#ended.reject(error);
    });
    // Both are awaited later, the one after the other.
    this.#ready.promise.catch(() => undefined);
    this.#ended.promise.catch(() => undefined);
    this.#tell({ kind: 'order', order });
  }

  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /**
   * @param at milliseconds since 1970
   * @param ramp milliseconds in which the rate grows to the full one
   */
  go(at: number, milliseconds: number, ramp: number): void {
    this.#tell({ kind: 'go', at, milliseconds, ramp });
  }

  multiply(times: number): void {
    this.#tell({ kind: 'times', times });
  }

  /** When the last request has its answer: how many were due, and how many the generator itself was late with. */
  ended(): Promise<{ readonly due: number; readonly late: number }> {
    return this.#ended.promise;
  }

  #tell(command: LoadCommand): void {
    this.#child.send(command);
  }

  #hear(report: LoadReport): void {
    switch (report.kind) {
      case 'ready':
        this.#ready.resolve();
        return;
      case 'unready':
        this.#ready.reject(new Error(report.why));
        return;
      case 'samples':
        // Not `push(...)`: thousands of arguments are too many.
        for (const sample of report.samples) this.samples.push(sample);
        return;
      case 'ended':
        this.#ended.resolve(report);
        return;
      default:
        report satisfies never;
    }
  }
}
