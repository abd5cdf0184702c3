import type { BackendCounters, FrontendCounters } from '../../dataplane/counters-port.ts';
import type { Expectation } from './expectation.ts';
import { evidence, fewestTries, isWorse, type Share, shareOf, shareWords } from './share.ts';
import type { Window } from './window.ts';

/** One way in which the service is worse than before. */
export interface Regression {
  /** A sentence with the numbers. */
  readonly what: string;
  /** So bad that nothing is gained by waiting for the end of the window. Others may still pass. */
  readonly fatal: boolean;
}

/** One miss may be a moment of load. */
const missesOfTheDead = 2;

/** In how far it is worse after a change than before it; empty when it is not. Pure. */
export function judge(before: Window, after: Window, expected: Expectation): Regression[] {
  if (after.unanswered >= missesOfTheDead) {
    return [{ what: 'HAProxy does not answer since the change', fatal: true }];
  }
  return [...judgeServers(before, after, expected), ...judgeTraffic(before, after, expected)];
}

/** What was down before, and what the change itself takes out, does not count. */
function judgeServers(before: Window, after: Window, { pools }: Expectation): Regression[] {
  if (after.up === undefined) return [];
  const found: Regression[] = [];
  for (const [backend, { service, wanted }] of pools) {
    const now = after.up.get(backend) ?? 0;
    const then = before.up?.get(backend);
    if (then === undefined) {
      if (wanted === 0 || now > 0) continue;
      found.push({ what: `${service} is new, and none of its ${wanted} servers is up`, fatal: false });
    } else if (now < Math.min(then, wanted)) {
      const what = `servers of ${service}: ${now} of ${wanted} up after the change, ${then} up before`;
      found.push({ what, fatal: now === 0 });
    }
  }
  return found;
}

interface Comparison {
  readonly what: string;
  /** What the failures are a share of. */
  readonly tries: string;
  readonly before: Share;
  readonly after: Share;
  readonly fewestFailures: number;
}

/** Natural units of evidence; see {@link isWorse}. */
const bar = 6;

/**
 * The more is compared, the more of it is out of the ordinary by chance, so the bar rises with the number of
 * comparisons; else each change of a site with a thousand services would be undone sooner or later.
 */
function judgeTraffic(before: Window, after: Window, expected: Expectation): Regression[] {
  const compared = comparisons(before, after, expected).filter((one) => one.after.total >= fewestTries);
  const raised = bar + Math.log(Math.max(1, compared.length));
  return compared
    .filter((one) => isWorse(one.before, one.after, one.fewestFailures, raised))
    .map((one) => ({
      what: `${one.what}: ${shareWords(one.after, one.tries)} after the change, ${shareWords(one.before, one.tries)} before`,
      fatal: isDisaster(one),
    }));
}

/** Most of it fails, and there is no doubt about it. */
function isDisaster({ before, after }: Comparison): boolean {
  return after.failed >= fewestTries && shareOf(after) > 0.5 && evidence(before, after) > 3 * bar;
}

function comparisons(before: Window, after: Window, expected: Expectation): Comparison[] {
  const found: Comparison[] = [];
  for (const [frontend, backend] of expected.frontends) {
    const then = before.frontends.get(frontend);
    const now = after.frontends.get(frontend);
    // Nothing is worse than what was not there.
    if (then === undefined || now === undefined) continue;
    found.push(ofHandshakes(then, now));
    // Without servers every request is answered with 503: before it was not better, or it is what the operator wants.
    if (before.up?.get(backend) === 0 || expected.pools.get(backend)?.wanted === 0) continue;
    found.push(of5xx(then, now));
    const thenBehind = before.backends.get(backend);
    const nowBehind = after.backends.get(backend);
    if (thenBehind === undefined || nowBehind === undefined) continue;
    found.push(...ofServers(frontend, thenBehind, nowBehind));
  }
  return found;
}

function of5xx(before: FrontendCounters, after: FrontendCounters): Comparison {
  const share = (one: FrontendCounters) => ({ failed: one.answers5xx, total: one.requests });
  return {
    what: `5xx of ${after.name}`,
    tries: 'requests',
    before: share(before),
    after: share(after),
    fewestFailures: 5,
  };
}

/** More failures are needed than elsewhere: one scanner or one monitor makes several in a row. */
function ofHandshakes(before: FrontendCounters, after: FrontendCounters): Comparison {
  const share = (one: FrontendCounters) => ({ failed: one.failedHandshakes, total: one.connections });
  return {
    what: `failed handshakes of ${after.name}`,
    tries: 'connections',
    before: share(before),
    after: share(after),
    fewestFailures: 10,
  };
}

function ofServers(service: string, before: BackendCounters, after: BackendCounters): Comparison[] {
  const compare = (what: string, failed: (one: BackendCounters) => number): Comparison => ({
    what,
    tries: 'requests',
    before: { failed: failed(before), total: before.requests },
    after: { failed: failed(after), total: after.requests },
    fewestFailures: 5,
  });
  return [
    compare(`servers of ${service} not reached`, ({ connectErrors }) => connectErrors),
    compare(`answers of ${service} cut off or missing`, ({ responseErrors }) => responseErrors),
  ];
}
