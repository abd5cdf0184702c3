import type { Expect, Limit } from './expect-schema.ts';
import { type ClassMeasures, judged, type Measures, measure, perThousand } from './measure.ts';
import type { Recording, Sample, StateSample } from './recording.ts';
import type { Scenario } from './schema.ts';
import { inWords } from './units.ts';

export interface Assertion {
  readonly what: string;
  readonly expected: string;
  readonly measured: string;
  readonly passed: boolean;
}

/** `invalid`: the load was not what the scenario asks for, so that the run says nothing. */
export interface Verdict {
  readonly outcome: 'passed' | 'failed' | 'invalid';
  readonly assertions: readonly Assertion[];
  readonly measures: Measures;
}

const LEAST_ACHIEVED = 0.9;
/** A request that was sent while an action was being done is counted as under way; clocks of two processes differ by as much. */
const SAME_MOMENT_MS = 20;
/** How many failures are told apart in words. */
const MOST_CAUSES = 3;

type Window = readonly [number, number];

/** Holds a recording against what its scenario expects. */
export function judge(scenario: Pick<Scenario, 'expect'>, recording: Recording): Verdict {
  const measures = measure(recording);
  const assertions = [
    ...judgeRequests(scenario.expect, recording, measures),
    ...judgeAnswers(scenario.expect, recording),
    ...judgeStates(scenario.expect, recording),
    notTwice(measures),
    ...judgeRest(scenario.expect, recording),
  ];
  const valid = recording.achieved >= LEAST_ACHIEVED && measures.requests > 0;
  const outcome = !valid ? 'invalid' : assertions.every(({ passed }) => passed) ? 'passed' : 'failed';
  return { outcome, assertions, measures };
}

function judgeRequests(expect: Expect, recording: Recording, measures: Measures): Assertion[] {
  const assertions: Assertion[] = [];
  for (const name of ['reads', 'writes'] as const) {
    const { sent, failed, p99 } = measures[name];
    const unclear = failed.filter(({ outcome }) => outcome === 'failed');
    const [mostFailed, mostUnclear] = [expect.failed[name], expect.unclear[name]];
    if (mostFailed !== undefined)
      assertions.push(within(`failed ${name}`, mostFailed, failed, measures[name], recording));
    if (mostUnclear !== undefined)
      assertions.push(
        within(`${name} without a clear answer`, mostUnclear, unclear, measures[name], recording),
      );
    const least = expect.successShare[name];
    if (least !== undefined) {
      const share = sent === 0 ? 0 : (sent - failed.length) / sent;
      assertions.push({
        what: `successful ${name}`,
        expected: `at least ${percent(least)}`,
        measured: `${percent(share)} of ${sent}`,
        passed: share >= least,
      });
    }
    const slowest = expect.p99[name];
    // Without a success there is nothing to be fast.
    const none = failed.length === sent ? Number.POSITIVE_INFINITY : p99;
    if (slowest !== undefined) assertions.push(atMost(`p99 of ${name}`, slowest, none));
  }
  if (expect.failuresEndWithin !== undefined)
    assertions.push(atMost('failures end within', expect.failuresEndWithin, measures.longestFailure));
  if (expect.longestGap !== undefined)
    assertions.push(atMost('longest time without a success', expect.longestGap, measures.longestGap));
  for (const { during, share, kind } of expect.succeeds) {
    const due = judged(recording).filter(
      (one) => isIn(one.due, during) && (kind === undefined || one.kind === kind),
    );
    const good = due.filter(({ outcome }) => outcome === 'ok').length;
    assertions.push({
      what: `successful ${kind === undefined ? '' : `${kind} `}${windowWords(during)}`,
      expected: `at least ${percent(share)}`,
      measured: `${percent(due.length === 0 ? 0 : good / due.length)} of ${due.length}`,
      passed: due.length > 0 && good / due.length >= share,
    });
  }
  return assertions;
}

function within(
  what: string,
  limit: Limit,
  failed: readonly Sample[],
  { sent }: ClassMeasures,
  { marks }: Recording,
): Assertion {
  const causes = failed.length === 0 ? '' : ` (${causesOf(failed)})`;
  if (typeof limit === 'number') {
    const measured = `${failed.length} of ${sent}${causes}`;
    return {
      what,
      expected: limit === 0 ? '0' : `at most ${limit}`,
      measured,
      passed: failed.length <= limit,
    };
  }
  if ('perThousand' in limit) {
    const rate = perThousand(failed.length, sent);
    const measured = `${rate} of 1,000: ${failed.length} of ${sent}${causes}`;
    return {
      what,
      expected: `at most ${limit.perThousand} of 1,000`,
      measured,
      passed: rate <= limit.perThousand,
    };
  }
  const mark = marks.find(({ at }) => Math.abs(at - limit.inFlightAt) < 500);
  const [from, to] = [mark?.at ?? limit.inFlightAt, mark?.done ?? limit.inFlightAt];
  const others = failed.filter(
    ({ sent: begin, end }) => begin > to + SAME_MOMENT_MS || end < from - SAME_MOMENT_MS,
  );
  return {
    what,
    expected: `only those under way at ${inWords(limit.inFlightAt)}`,
    measured: `${failed.length} of ${sent}${causes}, ${others.length} of them not under way then`,
    passed: others.length === 0,
  };
}

function causesOf(failed: readonly Sample[]): string {
  const counts = new Map<string, number>();
  for (const { what = 'unknown' } of failed) counts.set(what, (counts.get(what) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const words = sorted.slice(0, MOST_CAUSES).map(([what, count]) => `${count} x ${what}`);
  return sorted.length > MOST_CAUSES ? `${words.join('; ')}; others` : words.join('; ');
}

function judgeAnswers(expect: Expect, recording: Recording): Assertion[] {
  return expect.answered.flatMap(({ during, only, by, atMost: most = {} }) => {
    const counts = new Map<string, number>();
    for (const { end, server, outcome } of recording.samples) {
      if (outcome === 'ok' && server !== undefined && isIn(end, during))
        counts.set(server, (counts.get(server) ?? 0) + 1);
    }
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const measured =
      [...counts]
        .sort()
        .map(([name, count]) => `${name} ${count}`)
        .join(', ') || 'nobody';
    const what = `who answered ${windowWords(during)}`;
    const assertions: Assertion[] = [];
    if (only !== undefined) {
      const passed = total > 0 && [...counts.keys()].every((name) => only.includes(name));
      assertions.push({ what, expected: `only ${only.join(', ')}`, measured, passed });
    }
    if (by !== undefined) {
      const passed = by.every((name) => counts.has(name));
      assertions.push({ what, expected: by.join(' and '), measured, passed });
    }
    for (const [name, share] of Object.entries(most)) {
      const found = total === 0 ? 0 : (counts.get(name) ?? 0) / total;
      const expected = `at most ${percent(share)} by ${name}`;
      assertions.push({
        what,
        expected,
        measured: `${percent(found)} (${measured})`,
        passed: total > 0 && found <= share,
      });
    }
    return assertions;
  });
}

function judgeStates(expect: Expect, { states }: Recording): Assertion[] {
  const conditions = expect.conditions.map(({ during, says }): Assertion => {
    const seen = allConditions(states, during);
    return {
      what: `condition ${windowWords(during)}`,
      expected: `says "${says}"`,
      measured: seen.length === 0 ? 'no condition' : seen.join(' | '),
      passed: seen.some((one) => one.includes(says)),
    };
  });
  const servers = expect.servers.map(({ during, server, state, says = '' }): Assertion => {
    const found = states
      .filter(({ at }) => isIn(at, during))
      .flatMap((one) => one.servers.filter(({ name }) => name === server));
    const words = [...new Set(found.map((one) => (says === '' ? one.state : `${one.state}: ${one.check}`)))];
    return {
      what: `status of ${server} ${windowWords(during)}`,
      expected: says === '' ? state : `${state}, and its check says "${says}"`,
      measured: words.slice(0, 4).join(' | ') || 'not seen',
      passed: found.some((one) => one.state === state && one.check.includes(says)),
    };
  });
  const judgedStates = states.filter(({ at }) => at >= 0);
  const never = [
    ...expect.never.conditions.map((says): Assertion => {
      const seen = allConditions(judgedStates, EVER).filter((one) => one.includes(says));
      return {
        what: 'never a condition',
        expected: `"${says}"`,
        measured: seen.join(' | ') || 'not seen',
        passed: seen.length === 0,
      };
    }),
    ...expect.never.servers.map(({ server, state }): Assertion => {
      const seen = judgedStates.find((one) =>
        one.servers.some((its) => its.name === server && its.state === state),
      );
      return neverAt(`never ${server} ${state}`, seen);
    }),
    ...expect.never.services.map((state): Assertion => {
      const seen = judgedStates.find((one) => one.services.some((its) => its.state === state));
      return neverAt(`never a service ${state}`, seen);
    }),
  ];
  return [...conditions, ...servers, ...never];
}

const EVER: Window = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function neverAt(what: string, seen: StateSample | undefined): Assertion {
  const measured = seen === undefined ? 'not seen' : `seen at ${inWords(seen.at)}`;
  return { what, expected: 'not seen', measured, passed: seen === undefined };
}

function allConditions(states: readonly StateSample[], during: Window): string[] {
  return [...new Set(states.filter(({ at }) => isIn(at, during)).flatMap(({ conditions }) => conditions))];
}

function notTwice({ twice: { byBalancer, byClient } }: Measures): Assertion {
  const count = byBalancer.length + byClient.length;
  const why =
    byClient.length === 0 ? '' : `, ${byClient.length} because a client was told that nothing was done`;
  return { what: 'writes carried out twice', expected: '0', measured: `${count}${why}`, passed: count === 0 };
}

function judgeRest(expect: Expect, recording: Recording): Assertion[] {
  const { commandFailures, dnsQueries, states, marks } = recording;
  const assertions: Assertion[] = [];
  if (marks.some(({ kind }) => kind === 'command')) {
    const measured = commandFailures.join(' | ') || '0';
    assertions.push({
      what: 'commands that failed',
      expected: '0',
      measured,
      passed: commandFailures.length === 0,
    });
  }
  if (expect.dnsQueries !== undefined) {
    const passed = dnsQueries <= expect.dnsQueries;
    assertions.push({
      what: 'questions to DNS',
      expected: String(expect.dnsQueries),
      measured: String(dnsQueries),
      passed,
    });
  }
  if (expect.healthyWithin !== undefined) {
    const last = Math.max(0, ...marks.map(({ done }) => done));
    const healthy = states.find(
      ({ at, services }) => at > last && services.every(({ state }) => state === 'healthy'),
    );
    const took = (healthy?.at ?? Number.POSITIVE_INFINITY) - last;
    assertions.push({
      what: 'all healthy after the last action',
      expected: `within ${inWords(expect.healthyWithin)}`,
      measured: healthy === undefined ? 'not seen' : inWords(took),
      passed: took <= expect.healthyWithin,
    });
  }
  return assertions;
}

function atMost(what: string, limit: number, found: number): Assertion {
  return {
    what,
    expected: `at most ${inWords(limit)}`,
    measured: Number.isFinite(found) ? inWords(found) : 'no success',
    passed: found <= limit,
  };
}

function isIn(at: number, [from, to]: Window): boolean {
  return at >= from && at < to;
}

function windowWords([from, to]: Window): string {
  return `from ${from / 1000} to ${to / 1000} s`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
