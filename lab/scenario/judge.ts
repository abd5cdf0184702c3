import { type Assertion, percent } from './assertion.ts';
import type { Expect } from './expect-schema.ts';
import { judgePair } from './judge-pair.ts';
import { judgeRequests } from './judge-requests.ts';
import { judgeAnswers, judgeStates } from './judge-servers.ts';
import { type Measures, measure } from './measure.ts';
import type { Recording } from './recording.ts';
import type { Scenario } from './schema.ts';
import { inWords } from './units.ts';

export interface Verdict {
  readonly outcome: 'passed' | 'failed' | 'invalid';
  /** Why it is `invalid`: the run was not what the scenario asks for, and says nothing. */
  readonly invalid?: string;
  readonly assertions: readonly Assertion[];
  readonly measures: Measures;
}

const LEAST_ACHIEVED = 0.9;
/**
 * The most of the machine that others may take, 0 to 1. Where they took 0.14 to 0.27, moves of addresses failed that never
 * failed on the same machine alone.
 */
const MOST_STOLEN = 0.05;

/** Holds a recording against what its scenario expects. */
export function judge(scenario: Pick<Scenario, 'expect'>, recording: Recording): Verdict {
  const measures = measure(recording);
  const assertions = [
    ...judgeRequests(scenario.expect, recording, measures),
    ...judgeAnswers(scenario.expect, recording),
    ...judgeStates(scenario.expect, recording),
    ...judgePair(scenario.expect, recording),
    notTwice(measures),
    notInvented(measures),
    ...judgeRest(scenario.expect, recording),
  ];
  const passed = assertions.every((one) => one.passed);
  const invalid = invalidity(recording, measures, passed);
  if (invalid !== undefined) return { outcome: 'invalid', invalid, assertions, measures };
  return { outcome: passed ? 'passed' : 'failed', assertions, measures };
}

/** What passes although others took the processor has passed. */
function invalidity(
  { achieved, stolen }: Recording,
  { requests }: Measures,
  passed: boolean,
): string | undefined {
  if (requests === 0) return 'nothing was sent';
  if (achieved < LEAST_ACHIEVED) return 'the load generator fell behind';
  if (!passed && stolen > MOST_STOLEN)
    return `others took ${percent(stolen)} of the processor of this machine`;
  return undefined;
}

function notTwice({ twice: { byBalancer, byClient } }: Measures): Assertion {
  const count = byBalancer.length + byClient.length;
  const why =
    byClient.length === 0 ? '' : `, ${byClient.length} because a client was told that nothing was done`;
  return { what: 'writes carried out twice', expected: '0', measured: `${count}${why}`, passed: count === 0 };
}

function notInvented({ invented }: Measures): Assertion {
  const what = 'writes answered well and not carried out';
  return { what, expected: '0', measured: String(invented), passed: invented === 0 };
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
