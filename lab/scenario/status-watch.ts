import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { StateSample } from './recording.ts';

const INTERVAL_MS = 250;
/** How long a service may need to become healthy before a run, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Asks the product for its status again and again, through its API. Times are milliseconds since 1970. */
export class StatusWatch {
  readonly samples: StateSample[] = [];
  readonly #socket: string;
  readonly #node: string | undefined;
  #running = true;
  #loop: Promise<void> | undefined;

  /**
   * @param socket on which the product's API answers
   * @param node which of two balancers that is
   */
  constructor(socket: string, node?: string) {
    this.#socket = socket;
    this.#node = node;
  }

  start(): void {
    this.#loop = this.#watch();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  /** Resolves when every service is healthy. @throws Error when that takes too long */
  async untilHealthy(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const state = await this.#once().catch(() => undefined);
      const { services = [] } = state ?? {};
      if (services.length > 0 && services.every((one) => one.state === 'healthy')) return;
      if (performance.now() > deadline)
        throw new Error(`the services did not become healthy: ${JSON.stringify(state)}`);
      await pause(100);
    }
  }

  async #once(): Promise<StateSample> {
    const at = performance.timeOrigin + performance.now();
    const summary = summaryOf(await get(this.#socket, '/v1/status'));
    return { at, ...(this.#node === undefined ? {} : { node: this.#node }), ...summary };
  }

  async #watch(): Promise<void> {
    while (this.#running) {
      const next = performance.now() + INTERVAL_MS;
      // A status that cannot be had is a hole in the picture, and no reason to end the run.
      const sample = await this.#once().catch(() => undefined);
      if (sample !== undefined) this.samples.push(sample);
      await pause(Math.max(0, next - performance.now()));
    }
  }
}

interface Status {
  readonly services?: readonly {
    readonly name: string;
    readonly state: string;
    readonly servers: readonly {
      readonly name: string;
      readonly state: string;
      readonly check?: string;
      readonly cause?: string;
    }[];
  }[];
}

/** What a scenario looks at; whatever is called `conditions`, wherever it stands, is a condition. */
export function summaryOf(status: unknown): Omit<StateSample, 'at' | 'node'> {
  const { services = [] } = status as Status;
  return {
    conditions: [...new Set(conditionsIn(status))],
    services: services.map(({ name, state }) => ({ name, state })),
    servers: services.flatMap(({ name: service, servers }) =>
      servers.map(({ name, state, check, cause }) => ({
        service,
        name,
        state,
        check: [check, cause].filter((one) => one !== undefined).join('; '),
      })),
    ),
  };
}

function conditionsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(conditionsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'conditions' && Array.isArray(inner)
      ? inner.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
      : conditionsIn(inner),
  );
}

function get(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, agent: false, timeout: 2_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(error as Error);
        }
      });
      response.once('error', reject);
    });
    sent.once('timeout', () => sent.destroy(new Error('no status in time')));
    sent.once('error', reject);
    sent.end();
  });
}
