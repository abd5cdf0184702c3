import type { ServerCounters } from '../dataplane/counters-port.ts';
import type { ServerNotice } from '../dataplane/port.ts';
import { pathKey } from '../kernel/path.ts';
import type { OutlierDetection } from '../model/outlier-detection.ts';
import { isUp, isWanted, type RuntimeServer } from '../model/runtime-state.ts';
import type { Opinion } from './opinion.ts';
import { OutlierDetector, type TrafficJudgement } from './outlier-detector.ts';
import type { InService } from './policy.ts';
import { RetryBudget } from './retry-budget.ts';
import { keyOf } from './server-key.ts';
import type { Evidence, EvidenceSource, WeightWish } from './source.ts';
import type { WatchedPool } from './watched-pool.ts';

interface Pool {
  readonly backend: string;
  readonly detection?: OutlierDetection;
  /** Percent; absent: nothing but failed connections is ever tried again. */
  readonly budget?: number;
  /** Declared weights, by server. */
  readonly weights: ReadonlyMap<string, number>;
}

/** What the traffic of all pools says: whom to keep out, whom to give less, where to stop trying again. */
export class LiveTraffic implements EvidenceSource {
  readonly #detector = new OutlierDetector();
  readonly #budget = new RetryBudget();
  #pools: readonly Pool[] = [];
  /** Asked every second, and the same array as long as nothing else is in service. */
  #backends: readonly string[] = [];
  #judged: TrafficJudgement = { opinions: [], weights: [] };
  /** Servers that have less than their own weight because of us. */
  #lowered = new Map<string, Pick<WeightWish, 'backend' | 'server'>>();

  follow(inService: InService | undefined): void {
    this.#pools = inService === undefined ? [] : poolsOf(inService);
    this.#backends = this.#pools.map(({ backend }) => backend);
  }

  noticed(notice: ServerNotice): void {
    this.#detector.noticed(notice);
  }

  backends(): readonly string[] {
    return this.#backends;
  }

  opinions(): readonly Opinion[] {
    return this.#judged.opinions;
  }

  sample(counters: ServerCounters, servers: readonly RuntimeServer[]): Evidence {
    const seen = Map.groupBy(servers, ({ backend }) => backend);
    this.#judged = this.#detector.judge(
      counters,
      this.#pools.flatMap(({ backend, detection }): WatchedPool[] => {
        if (detection === undefined) return [];
        const own = seen.get(backend) ?? [];
        const watched = own.map((one) => ({ name: one.name, serving: isWanted(one) && isUp(one) }));
        return [{ backend, detection, servers: watched }];
      }),
    );
    const verdicts = this.#budget.judge(
      counters,
      this.#pools.flatMap(({ backend, budget }) => (budget === undefined ? [] : [{ backend, budget }])),
    );
    return {
      weights: this.#wishes(),
      withoutRetries: verdicts.filter(({ allowed }) => !allowed).map(({ backend }) => backend),
      conditions: new Map(
        verdicts.flatMap(({ backend, condition }) =>
          condition === undefined ? [] : [[backend, [condition]]],
        ),
      ),
    };
  }

  /** Only what has changed: a wish is durable. */
  #wishes(): WeightWish[] {
    const wishes: WeightWish[] = [];
    const lowered = new Map<string, Pick<WeightWish, 'backend' | 'server'>>();
    for (const { backend, server, percent, because } of this.#judged.weights) {
      const key = keyOf(backend, server);
      const declared = this.#pools.find((pool) => pool.backend === backend)?.weights.get(server);
      if (declared === undefined) continue;
      lowered.set(key, { backend, server });
      if (this.#lowered.has(key)) continue;
      const weight = Math.max(1, Math.round((declared * percent) / 100));
      if (weight < declared) wishes.push({ backend, server, weight, reason: because });
    }
    for (const [key, { backend, server }] of this.#lowered) {
      if (!lowered.has(key))
        wishes.push({ backend, server, reason: 'it is tried with its own weight again' });
    }
    this.#lowered = lowered;
    return wishes;
  }
}

function poolsOf({ configuration, ir }: InService): Pool[] {
  const services = new Map(configuration.virtualServices.map((one) => [pathKey(one.pool.path), one.pool]));
  return ir.backends.flatMap(({ name, origin }): Pool[] => {
    const pool = services.get(pathKey(origin));
    if (pool === undefined) return [];
    const { outlierDetection: detection, retry, servers } = pool;
    const retries = retry.safeMethodsOn.length > 0 && retry.attempts > 0;
    if (detection === undefined && !retries) return [];
    return [
      {
        backend: name,
        ...(detection === undefined ? {} : { detection }),
        ...(retries ? { budget: retry.budget } : {}),
        weights: new Map(servers.map((server) => [server.name, server.weight])),
      },
    ];
  });
}
