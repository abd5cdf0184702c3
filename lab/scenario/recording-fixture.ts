import { randomUUID } from 'node:crypto';
import type { Recording, Sample, StateSample } from './recording.ts';

/** A request that went well after 5 ms, or as `changes` have it. */
export function sample(due: number, changes: Partial<Sample> = {}): Sample {
  return {
    kind: 'read',
    id: randomUUID(),
    due,
    sent: due,
    end: due + 5,
    outcome: 'ok',
    server: 'api-1',
    ...changes,
  };
}

/** A read each 10 ms from -100 to 1,000 ms, by turns from two servers. */
export function steadyReads(): Sample[] {
  return Array.from({ length: 110 }, (_, index) =>
    sample(index * 10 - 100, { server: index % 2 === 0 ? 'api-1' : 'api-2' }),
  );
}

export function state(
  at: number,
  changes: Partial<Record<string, string>> = {},
  conditions: string[] = [],
): StateSample {
  return {
    at,
    conditions,
    services: [{ name: 'live-apis', state: conditions.length === 0 ? 'healthy' : 'degraded' }],
    servers: ['api-1', 'api-2'].map((name) => ({
      service: 'live-apis',
      name,
      state: changes[name] ?? 'up',
      check: changes[name] === undefined ? 'answered as expected 200' : 'the server refuses connections',
    })),
  };
}

/** A second of a run in which nothing went wrong, or as `changes` have it. */
export function recording(changes: Partial<Recording> = {}): Recording {
  return {
    duration: 1_000,
    samples: steadyReads(),
    marks: [],
    states: [state(0), state(250), state(500), state(750)],
    carriedOut: [],
    servers: ['api-1', 'api-2'],
    dnsQueries: 0,
    commandFailures: [],
    achieved: 1,
    coresBusy: 1,
    stolen: 0,
    haproxy: '2.6.12',
    ...changes,
  };
}
