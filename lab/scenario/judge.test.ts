// Guards that each expectation of a scenario can fail, and that a run which says nothing is not called a success.
import { describe, expect, test } from 'vitest';
import { expectSchema } from './expect-schema.ts';
import { judge } from './judge.ts';
import type { Recording } from './recording.ts';
import { recording, sample, state, steadyReads } from './recording-fixture.ts';

/** What of `wanted` (as a file has it) was not met. */
function missed(wanted: object, found: Recording): string[] {
  const { assertions } = judge({ expect: expectSchema.parse(wanted) }, found);
  return assertions.filter(({ passed }) => !passed).map(({ what, measured }) => `${what}: ${measured}`);
}

const kill = { at: 300, done: 310, text: 'kill -9', kind: 'fault', on: ['api-1'] } as const;
const failed = (due: number, end: number) =>
  sample(due, { kind: 'create', outcome: 'failed', what: 'ECONNRESET', end });
const runWith = (...more: ReturnType<typeof sample>[]) =>
  recording({ samples: [...steadyReads(), ...more], marks: [kill] });

describe('failures', () => {
  test('are counted by class, those of the warm-up not at all', () => {
    const found = runWith(failed(-50, -20), failed(300, 320));
    expect(missed({ failed: { reads: 0, writes: 1 } }, found)).toEqual([]);
    expect(missed({ failed: { reads: 0, writes: 0 } }, found)).toEqual([
      'failed writes: 1 of 1 (1 x ECONNRESET)',
    ]);
  });
  test('are measured by the thousand', () => {
    const writes = Array.from({ length: 199 }, (_, index) =>
      sample(index, { kind: 'create', id: `w${index}` }),
    );
    const found = recording({
      samples: [...writes, failed(300, 320)],
      carriedOut: writes.map(({ id }) => `POST ${id}`),
    });
    expect(missed({ failed: { writes: { perThousand: 5 } } }, found)).toEqual([]);
    expect(missed({ failed: { writes: { perThousand: 4.9 } } }, found)).toHaveLength(1);
  });
  test('under way at the moment of a fault are told from later ones', () => {
    const wanted = { failed: { writes: { inFlightAt: '300ms' } } };
    expect(missed(wanted, runWith(failed(290, 320)))).toEqual([]);
    // Sent before, ended before the fault; and sent after it.
    expect(missed(wanted, runWith(failed(200, 250)))).toHaveLength(1);
    expect(missed(wanted, runWith(failed(400, 420)))).toEqual([
      'failed writes: 1 of 1 (1 x ECONNRESET), 1 of them not under way then',
    ]);
  });
  test('that are refused clearly are failures, but not unclear ones', () => {
    const found = runWith(sample(300, { outcome: 'shed', what: 'status 503' }));
    expect(missed({ unclear: { reads: 0 } }, found)).toEqual([]);
    expect(missed({ failed: { reads: 0 } }, found)).toHaveLength(1);
    expect(missed({ unclear: { writes: 0 } }, runWith(failed(300, 320)))).toHaveLength(1);
  });
  test('end in time, from when they were due', () => {
    expect(missed({ failuresEndWithin: '1s' }, runWith(failed(300, 1_300)))).toEqual([]);
    expect(missed({ failuresEndWithin: '1s' }, runWith(failed(300, 1_301)))).toEqual([
      'failures end within: 1.0 s',
    ]);
  });
  test('are not the only ones that must end in time', () => {
    const late = runWith(sample(300, { end: 1_301 }));
    expect(missed({ failuresEndWithin: '1s', everyEndsWithin: '1.1s' }, late)).toEqual([]);
    expect(missed({ everyEndsWithin: '1s' }, late)).toEqual(['every request ends within: 1.0 s']);
  });
  test('leave a share of successes', () => {
    const found = runWith(sample(300, { outcome: 'failed' }));
    expect(missed({ successShare: { reads: 0.99 } }, found)).toEqual([]);
    expect(missed({ successShare: { reads: 1 } }, found)).toHaveLength(1);
    expect(missed({ succeeds: [{ during: ['0s', '200ms'], share: 1 }] }, found)).toEqual([]);
    expect(missed({ succeeds: [{ during: ['200ms', '400ms'], share: 1 }] }, found)).toHaveLength(1);
    // Nothing was sent of this kind, so that nothing was shown.
    expect(missed({ succeeds: [{ during: ['0s', '1s'], share: 1, kind: 'token' }] }, found)).toHaveLength(1);
  });
});

describe('time', () => {
  test('without a success is measured also before the first and after the last one', () => {
    const samples = steadyReads().filter(({ due }) => due < 300 || due > 700);
    expect(missed({ longestGap: '430ms' }, recording({ samples }))).toEqual([]);
    expect(missed({ longestGap: '400ms' }, recording({ samples }))).toHaveLength(1);
    expect(missed({ longestGap: '900ms' }, recording({ samples: [] }))).toHaveLength(1);
  });
  test('of the slowest hundredth counts from when it was due', () => {
    const slow = [300, 310, 320].map((due) => sample(due, { sent: due + 400, end: due + 405 }));
    expect(missed({ p99: { reads: '405ms' } }, runWith(...slow))).toEqual([]);
    expect(missed({ p99: { reads: '400ms' } }, runWith(...slow))).toEqual(['p99 of reads: 405 ms']);
    expect(missed({ p99: { writes: '9s' } }, runWith(failed(300, 310)))).toEqual([
      'p99 of writes: no success',
    ]);
  });
});

describe('who answered', () => {
  const during = ['0s', '1s'];
  test('is nobody else, each of them, and not more than its share', () => {
    const found = recording();
    expect(missed({ answered: [{ during, by: ['api-1', 'api-2'] }] }, found)).toEqual([]);
    expect(missed({ answered: [{ during, only: ['api-2'] }] }, found)).toHaveLength(1);
    expect(missed({ answered: [{ during, atMost: { 'api-1': 0.6 } }] }, found)).toEqual([]);
    expect(missed({ answered: [{ during, atMost: { 'api-1': 0.4 } }] }, found)).toHaveLength(1);
  });
  test('is not shown by silence', () => {
    const found = recording({ samples: [failed(300, 310)] });
    expect(missed({ answered: [{ during, only: ['api-2'] }] }, found)).toHaveLength(1);
    expect(missed({ answered: [{ during, atMost: { 'api-1': 0.4 } }] }, found)).toHaveLength(1);
  });
});

describe('the status', () => {
  const found = recording({
    states: [state(0), state(300, { 'api-1': 'down' }, ['api-1 is down: x.']), state(600)],
  });
  test('has conditions and states within their windows', () => {
    const down = { server: 'api-1', state: 'down' };
    expect(missed({ conditions: [{ during: ['0s', '1s'], says: 'api-1 is down' }] }, found)).toEqual([]);
    expect(missed({ conditions: [{ during: ['400ms', '1s'], says: 'api-1 is down' }] }, found)).toHaveLength(
      1,
    );
    expect(missed({ servers: [{ ...down, during: ['0s', '1s'], says: 'refuses' }] }, found)).toEqual([]);
    expect(missed({ servers: [{ ...down, during: ['0s', '1s'], says: 'expired' }] }, found)).toHaveLength(1);
    expect(missed({ servers: [{ ...down, during: ['400ms', '1s'] }] }, found)).toHaveLength(1);
  });
  test('never says what it must not say', () => {
    expect(
      missed({ never: { services: ['down'], servers: [{ server: 'api-2', state: 'down' }] } }, found),
    ).toEqual([]);
    expect(missed({ never: { services: ['degraded'] } }, found)).toEqual([
      'never a service degraded: seen at 300 ms',
    ]);
    expect(missed({ never: { servers: [{ server: 'api-1', state: 'down' }] } }, found)).toHaveLength(1);
    expect(missed({ never: { conditions: ['is down'] } }, found)).toHaveLength(1);
  });
  test('is healthy again in time', () => {
    const healed = { ...found, marks: [kill] };
    expect(missed({ healthyWithin: '300ms' }, healed)).toEqual([]);
    expect(missed({ healthyWithin: '200ms' }, healed)).toHaveLength(1);
  });
});

describe('writes', () => {
  const once = sample(300, { kind: 'create' });
  test('carried out twice are always found', () => {
    const line = `POST ${once.id}`;
    expect(missed({}, runWith(once))).toEqual(['writes answered well and not carried out: 1']);
    expect(missed({}, { ...runWith(once), carriedOut: [line] })).toEqual([]);
    expect(missed({}, { ...runWith(once), carriedOut: [line, line] })).toEqual([
      'writes carried out twice: 1',
    ]);
    expect(missed({}, { ...runWith(once), carriedOut: [line, `${line}.1`] })).toEqual([
      'writes carried out twice: 1, 1 because a client was told that nothing was done',
    ]);
  });
  test('that are reads may be carried out twice', () => {
    expect(missed({}, recording({ carriedOut: ['GET a', 'GET a'] }))).toEqual([]);
  });
});

test('commands that fail and questions to DNS are failures', () => {
  const marks = [{ ...kill, kind: 'command' as const }];
  expect(missed({}, recording({ marks }))).toEqual([]);
  expect(missed({}, recording({ marks, commandFailures: ['aorta apply ended with 1'] }))).toHaveLength(1);
  expect(missed({ dnsQueries: 0 }, recording({ dnsQueries: 2 }))).toEqual(['questions to DNS: 2']);
});

test('a run whose load was not what it should be says nothing', () => {
  const expectation = { expect: expectSchema.parse({}) };
  expect(judge(expectation, recording()).outcome).toBe('passed');
  expect(judge(expectation, recording({ achieved: 0.89 })).outcome).toBe('invalid');
  expect(judge(expectation, recording({ samples: [] })).outcome).toBe('invalid');
});

test('a failure on a machine that others used says nothing; what passes there has passed', () => {
  const none = { expect: expectSchema.parse({ dnsQueries: 0 }) };
  const failed = { dnsQueries: 1 };
  expect(judge(none, recording({ ...failed, stolen: 0.04 })).outcome).toBe('failed');
  expect(judge(none, recording({ ...failed, stolen: 0.14 }))).toMatchObject({
    outcome: 'invalid',
    invalid: 'others took 14 % of the processor of this machine',
  });
  expect(judge(none, recording({ stolen: 0.14 })).outcome).toBe('passed');
});
