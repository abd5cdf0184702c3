import type { BackendCounters, FrontendCounters } from '../../dataplane/counters-port.ts';
import type { Expectation } from './expectation.ts';
import type { Window } from './window.ts';

/** One service, `live`, as far as a window shows it. Whatever is not given is 0, and all four servers are up. */
export interface Traffic {
  readonly requests?: number;
  readonly answers5xx?: number;
  readonly connections?: number;
  readonly failedHandshakes?: number;
  readonly connectErrors?: number;
  readonly responseErrors?: number;
  readonly up?: number;
  readonly unanswered?: number;
}

export function trafficWindow(traffic: Traffic = {}, length = 10_000): Window {
  return {
    length,
    frontends: new Map([['live', frontendCounters('live', traffic)]]),
    backends: new Map([['live.servers', backendCounters('live.servers', traffic)]]),
    up: new Map([['live.servers', traffic.up ?? 4]]),
    unanswered: traffic.unanswered ?? 0,
  };
}

/** Nothing was seen, as before a first start. */
export const nothingSeen: Window = { length: 0, frontends: new Map(), backends: new Map(), unanswered: 0 };

/** That one service, which wants so many servers. */
export function expecting(wanted = 4): Expectation {
  return {
    pools: new Map([['live.servers', { service: 'live', wanted }]]),
    frontends: new Map([['live', 'live.servers']]),
  };
}

export function frontendCounters(name: string, traffic: Traffic): FrontendCounters {
  const { requests = 0, answers5xx = 0, failedHandshakes = 0 } = traffic;
  return { name, requests, answers5xx, failedHandshakes, connections: traffic.connections ?? requests };
}

export function backendCounters(name: string, traffic: Traffic): BackendCounters {
  const { requests = 0, answers5xx = 0, connectErrors = 0, responseErrors = 0 } = traffic;
  return { name, requests, answers5xx, connectErrors, responseErrors };
}
