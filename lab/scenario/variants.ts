import type { Variant } from './recording.ts';
import { CLIENTS, type Scenario, TLS } from './schema.ts';

type Fit = Pick<Scenario, 'topology' | 'tls' | 'clients' | 'needsTls' | 'long'>;

/** As its file has it. */
export function ownVariant({ clients, tls, topology }: Omit<Fit, 'long' | 'needsTls'>): Variant {
  return { clients, tls, topology };
}

/** Every kind of client with every kind of TLS to the servers that the scenario can have; of a long one its own only. */
export function allVariants(scenario: Fit): Variant[] {
  const { topology, needsTls, long } = scenario;
  if (long) return [ownVariant(scenario)];
  return TLS.filter((tls) => tls === 'bridging' || !needsTls).flatMap((tls) =>
    CLIENTS.map((clients) => ({ clients, tls, topology })),
  );
}

/** The two that have the least in common: HTTP/1.1 with plain HTTP to the servers, HTTP/2 with TLS to them. */
export function endVariants(scenario: Fit): Variant[] {
  const all = allVariants(scenario);
  if (scenario.long) return all;
  return all.filter(({ clients, tls }) =>
    tls === 'bridging'
      ? clients === 'http2' || (scenario.needsTls && clients === 'http1')
      : clients === 'http1',
  );
}

/**
 * One variant for each scenario, by turns, so that a run over all of them has met each pair of clients and TLS.
 * @param scenarios in a fixed order
 */
export function sampledVariants<T extends Fit>(scenarios: readonly T[]): { scenario: T; variant: Variant }[] {
  const turns = new Map<number, number>();
  return scenarios.map((scenario) => {
    const all = allVariants(scenario);
    const turn = turns.get(all.length) ?? 0;
    turns.set(all.length, turn + 1);
    const variant = all[turn % all.length];
    if (variant === undefined) throw new Error('a scenario has at least one variant');
    return { scenario, variant };
  });
}

export function variantWords({ clients, tls, topology }: Variant): string {
  return `${topology}, ${tls}, clients ${clients}`;
}
