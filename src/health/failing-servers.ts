import { type Ended, failedShare, sumOf } from './server-traffic.ts';

/** What ended at the servers of a pool in the same time, of those that are in service. */
export interface ServerEnded {
  readonly server: string;
  readonly ended: Ended;
  /** The same of a longer time, up to now. */
  readonly longer: Ended;
  /** HAProxy has seen errors in a row in its traffic, and has taken it out for them. */
  readonly noticed: boolean;
}

export interface Failing {
  readonly server: string;
  readonly share: number;
  /** A clause. */
  readonly because: string;
}

export interface FailingPolicy {
  /** From 0 to 1. */
  readonly errorShare: number;
  readonly minRequests: number;
  /** How far from chance the difference to the siblings must be, in standard deviations. */
  readonly leastDeviations: number;
}

/** How much worse than its siblings a server must be. */
const timesSiblings = 3;

/**
 * Servers that fail while their siblings do not, the worst first. When all fail alike it is the requests; without
 * siblings to compare with nothing is said.
 */
export function failingServers(
  servers: readonly ServerEnded[],
  { errorShare, minRequests, leastDeviations }: FailingPolicy,
): Failing[] {
  return servers
    .flatMap(({ server, ended, noticed }): Failing[] => {
      const share = failedShare(ended);
      const mayFail = ended.requests >= minRequests && share >= errorShare;
      // Nearly always, and comparing each with all others is dear in a large pool.
      if (!noticed && !mayFail) return [];
      const others = servers.filter((one) => one.server !== server);
      const siblings = sumOf(others.map((one) => one.ended));
      if (siblings.requests < minRequests) return [];
      // Poison requests come in any order: by chance the siblings have none of them for two seconds, not for thirty.
      const usual = Math.max(failedShare(siblings), failedShare(sumOf(others.map((one) => one.longer))));
      const beside = `of its siblings ${siblings.failed} of ${siblings.requests} failed`;
      if (noticed && usual * timesSiblings < errorShare) {
        return [{ server, share: 1, because: `HAProxy met errors in a row in live traffic, ${beside}` }];
      }
      const fails =
        mayFail && share >= usual * timesSiblings && deviations(ended, siblings) >= leastDeviations;
      if (!fails) return [];
      const own = `${ended.failed} of ${ended.requests} requests of live traffic failed`;
      return [{ server, share, because: `${own}, ${beside}` }];
    })
    .sort((a, b) => b.share - a.share || (a.server < b.server ? -1 : 1));
}

/** How far apart two shares are, in standard deviations of the difference that chance makes. */
function deviations(one: Ended, other: Ended): number {
  const common = failedShare(sumOf([one, other]));
  const spread = Math.sqrt(common * (1 - common) * (1 / one.requests + 1 / other.requests));
  return spread === 0 ? 0 : (failedShare(one) - failedShare(other)) / spread;
}
