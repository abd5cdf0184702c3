import type { HaproxyIr, PersistenceIr, ServerIr } from '../ir/haproxy.ts';
import type { RuntimeState } from '../model/runtime-state.ts';
import { backend, bind, frontend, ir, server } from './ir-fixture.ts';
import { plan } from './make-plan.ts';
import type { Plan, Step } from './plan.ts';

/** Plans for tests, of a HAProxy that is at work. */

export function between(before: HaproxyIr, after: HaproxyIr, dynamicCookie = true): Plan {
  return plan(before, after, { state: state() }, { dynamicCookie });
}

/** One service that has everything of its own. */
export function live(servers: readonly ServerIr[], persistence: PersistenceIr = { kind: 'none' }): HaproxyIr {
  return ir({
    frontends: [frontend('live', [bind('10.0.0.10', 80)])],
    backends: [backend('live', servers, { persistence })],
  });
}

function state(): RuntimeState {
  const process = {
    masterPid: 1,
    workerPid: 2,
    leavingWorkers: [],
    version: '3.0.11',
    uptime: 1,
    reloads: 0,
  };
  const served = { status: 'open', requests: 0 } as const;
  const place = { backend: 'live.servers', address: '10.0.1.1:443', since: 0, weight: 100 } as const;
  const working = { admin: 'ready', operational: 'up' } as const;
  return {
    at: 0,
    process,
    frontends: [
      { name: 'live', sessions: 12, ...served },
      { name: 'live.redirect', sessions: 2, ...served },
      { name: 'aorta.identity', sessions: 1, ...served },
    ],
    servers: [
      { ...place, ...working, name: 'api-1', sessions: 2 },
      { ...place, ...working, name: 'api-2', sessions: 0 },
    ],
  };
}

export function steps({ steps: all }: Plan): string[] {
  return all.map(({ impact, what }) => `${impact}: ${what}`);
}

export function only({ steps: all }: Plan): Step {
  const [step, ...rest] = all;
  if (step === undefined || rest.length > 0) throw new TypeError(`${all.length} steps`);
  return step;
}

export const [api1, api2] = [server('api-1'), server('api-2')];
