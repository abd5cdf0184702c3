import type { AnswerClass, OneServersCounters, Traffic } from '../../dataplane/counters-port.ts';
import type { HaproxyIr } from '../../ir/haproxy.ts';
import type { RuntimeServer } from '../../model/runtime-state.ts';
import type { Surveyed } from './facts.ts';

export interface SurveyedOptions {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly workerPid?: number;
  /** Requests of each service. */
  readonly requests?: number;
  /** By backend and server: what is other than usual. */
  readonly servers?: Readonly<Record<string, Partial<RuntimeServer & OneServersCounters>>>;
}

/** What a HAProxy that runs this would say when all is well. */
export function surveyedOf(
  { frontends, backends }: HaproxyIr,
  { at, workerPid = 2, requests = 0, servers: odd = {} }: SurveyedOptions,
): Required<Surveyed> {
  const all = backends.flatMap(({ name: backend, servers }) =>
    servers.map((server) => ({ ...server, backend, odd: odd[`${backend}/${server.name}`] ?? {} })),
  );
  return {
    at,
    state: {
      at,
      process: {
        masterPid: 1,
        workerPid,
        leavingWorkers: [],
        version: '2.6.12',
        uptime: 60_000,
        reloads: workerPid - 2,
      },
      frontends: frontends.map(({ name }) => ({ name, status: 'open', sessions: 1, requests })),
      servers: all.map(
        ({ backend, name, weight, odd: own }): RuntimeServer => ({
          backend,
          name,
          address: '10.0.0.1:443',
          admin: 'ready',
          operational: 'up',
          since: at - 1_000,
          sessions: 1,
          weight,
          ...own,
        }),
      ),
    },
    servers: {
      at,
      workerPid,
      servers: all.map(
        ({ backend, name: server, odd: own }): OneServersCounters => ({
          ...{ backend, server, requests, answers: requests, answers4xx: 0, answers5xx: 0 },
          ...{
            connectErrors: 0,
            responseErrors: 0,
            cutAnswers: 0,
            abandoned: 0,
            retries: 0,
            redispatches: 0,
          },
          ...(requests === 0 ? {} : { responseTime: 12 }),
          ...{ sessions: 1, queued: 0 },
          ...own,
        }),
      ),
    },
    traffic: trafficOf(
      frontends.map(({ name }) => name),
      backends.map(({ name }) => name),
      requests,
    ),
  };
}

function trafficOf(frontends: readonly string[], backends: readonly string[], requests: number): Traffic {
  const none: Record<AnswerClass, number> = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, other: 0 };
  return {
    frontends: frontends.map((name) => ({
      ...{
        name,
        connections: requests,
        failedHandshakes: 0,
        requests,
        answers: { ...none, '2xx': requests },
      },
      ...{
        denied: 0,
        deniedConnections: 0,
        bytesIn: requests * 400,
        bytesOut: requests * 2_000,
        sessions: 1,
      },
    })),
    backends: backends.map((name) => ({ name, queued: 0 })),
  };
}
