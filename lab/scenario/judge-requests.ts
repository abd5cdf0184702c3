import { type Assertion, atMost, isIn, percent, windowWords } from './assertion.ts';
import type { Expect, Limit } from './expect-schema.ts';
import { type ClassMeasures, judged, type Measures, perThousand } from './measure.ts';
import type { Recording, Sample } from './recording.ts';
import { inWords } from './units.ts';

/** A request that was sent while an action was being done is counted as under way; clocks of two processes differ by as much. */
const SAME_MOMENT_MS = 20;
/** How many failures are told apart in words. */
const MOST_CAUSES = 3;

/** What clients were promised: failures, their ends, gaps and latencies. */
export function judgeRequests(expect: Expect, recording: Recording, measures: Measures): Assertion[] {
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
  if (expect.everyEndsWithin !== undefined)
    assertions.push(atMost('every request ends within', expect.everyEndsWithin, measures.slowest));
  if (expect.longestGap !== undefined)
    assertions.push(atMost('longest time without a success', expect.longestGap, measures.longestGap));
  for (const { during, share, kind, of } of expect.succeeds) {
    const due = judged(recording).filter(
      (one) =>
        isIn(one.due, during) &&
        (kind === undefined || one.kind === kind) &&
        (of === undefined || one.group === of),
    );
    const good = due.filter(({ outcome }) => outcome === 'ok').length;
    assertions.push({
      what: `successful ${kind === undefined ? '' : `${kind} `}${of === undefined ? '' : `of ${of} `}${windowWords(during)}`,
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
