import { type Assertion, isIn, percent, type Window, windowWords } from './assertion.ts';
import type { Expect } from './expect-schema.ts';
import type { Recording, StateSample } from './recording.ts';
import { inWords } from './units.ts';

/** Who answered, by when the answer came. */
export function judgeAnswers(expect: Expect, recording: Recording): Assertion[] {
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

/** What the product said of its servers and services, and what it must never say. */
export function judgeStates(expect: Expect, { states }: Recording): Assertion[] {
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
