import type { HealthCheck } from '../model/health-check.ts';
import { prices } from '../model/price.ts';

/** Processor time of one check, in microseconds. A connection without a request is taken for as dear as one with. */
const costs: Readonly<Record<HealthCheck['type'], number>> = {
  https: prices.tlsCheck.value,
  http: prices.plainCheck.value,
  tcp: prices.plainCheck.value,
};

/** How often the servers of a pool are asked, and what part of a core that takes on every machine that does so. */
export function checkCost(
  servers: number,
  { type, interval }: Pick<HealthCheck, 'type' | 'interval'>,
): { readonly perSecond: number; readonly cores: number } {
  const perSecond = (servers * 1_000) / interval;
  return { perSecond, cores: (perSecond * costs[type]) / 1e6 };
}
