import { join } from 'node:path';
import { takePrecedence } from '../../../lab/scenario/precedence.ts';
import { type Broken, reportEnd } from '../report-end.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { prepareEstate } from './estate.ts';
import { measureLatency } from './latency.ts';
import { describeMachine, startStealClock } from './machine.ts';
import { canServe, measure } from './measure.ts';
import { takeHosts, writeMixedScript } from './mixed.ts';
import { compileNative } from './native.ts';
import { makeCertificates, ports } from './place.ts';
import { onCores, otherCores, start, untilOpen } from './processes.ts';
import { type Result, resultsOf } from './result.ts';
import type { Subject } from './subject.ts';
import { aorta, aortaWith, twin } from './subjects/aorta.ts';
import { hand } from './subjects/hand.ts';
import { httpProxy3, undici } from './subjects/node-proxies.ts';
import { relay } from './subjects/relay.ts';
import { caddy, nginx } from './subjects/servers.ts';
import { hitch, stunnel } from './subjects/terminators.ts';
import { type Calls, callsPerRequest, idleCalls } from './system-calls.ts';
import { workloads } from './workloads.ts';

/** Runs in a room of its own: see `data-plane.ts`. */
export type RoomReport =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'result'; readonly result: Result }
  | Broken;

/** How long, and how much. The quick one says which way it goes; only the whole one is for the page. */
const extents = {
  quick: {
    subjects: [aorta, twin, hand, stunnel, nginx, relay],
    ...{ budget: 45_000, rounds: 5, seconds: 0.25 },
    ...{ latency: { rounds: 1, seconds: 1 }, calls: [100, 400] },
  },
  whole: {
    subjects: [aorta, twin, hand, stunnel, hitch, nginx, caddy, httpProxy3, undici, relay],
    ...{ budget: 10 * 60_000, rounds: 15, seconds: 0.6 },
    ...{ latency: { rounds: 3, seconds: 2 }, calls: [200, 1_000] },
  },
} as const satisfies Record<string, Extent>;

interface Extent {
  readonly subjects: readonly Subject[];
  /** Milliseconds after which no further round begins. */
  readonly budget: number;
  readonly rounds: number;
  /** Of one sample. */
  readonly seconds: number;
  readonly latency: { readonly rounds: number; readonly seconds: number };
  readonly calls: readonly [number, number];
}

/** @param haproxy that of the other Debian, which runs with libraries of its own */
function wholeWith(haproxy: string | undefined, version: string): Extent {
  const { whole } = extents;
  if (haproxy === undefined) return whole;
  const [release] = /^\d+\.\d+/.exec(version) ?? [version];
  return { ...whole, subjects: [...whole.subjects, aortaWith(haproxy, `Aorta, HAProxy ${release}`)] };
}

async function run(room: string, extent: Extent, tell: (text: string) => unknown): Promise<Result> {
  const stolen = startStealClock();
  const certificates = await makeCertificates(join(room, 'certificates'));
  const native = await compileNative(room);
  const estate = join(room, 'estate');
  const servers = await start(
    onCores(otherCores, await prepareEstate(estate, certificates)),
    estate,
    'estate',
  );
  await untilOpen('127.0.1.1', 443, [servers]);
  const balancers: Balancer[] = [];
  for (const [index, subject] of extent.subjects.entries())
    balancers.push(await startBalancer(subject, index + 1, room, { certificates, native }));
  tell(`${balancers.length} balancers run`);

  await takePrecedence();
  const mixed = { script: join(room, 'mixed.lua'), hosts: await takeHosts(room) };
  await writeMixedScript(mixed.script);
  const found = await measure(balancers, workloads, {
    ...{ rounds: extent.rounds, seconds: extent.seconds, until: performance.now() + extent.budget },
    ...{ handshakes: native('handshakes'), mixed, estate, tell },
  });
  tell('how long requests take at a fixed rate');
  const latencies = await measureLatency(balancers, { room, ...extent.latency });
  tell('system calls');
  const calls: Record<string, Record<string, Calls>> = {};
  const idle = new Map<Balancer, Calls>();
  for (const one of balancers) idle.set(one, await idleCalls(one.pids, room));
  for (const workload of workloads) {
    const { send } = workload;
    if (send === undefined) continue;
    const row: Record<string, Calls> = {};
    for (const one of balancers.filter((balancer) => canServe(balancer, workload))) {
      const target = { address: one.address, port: ports[workload.door] };
      const sendTo = (count: number) => send({ target, handshakes: native('handshakes') }, count);
      try {
        row[one.subject.name] = await callsPerRequest(one.pids, room, sendTo, extent.calls, idle.get(one));
      } catch (error) {
        // A quarter of an hour of other measurements is not lost to it.
        const [why] = String(error).split('\n');
        tell(`not counted: ${workload.name} of ${one.subject.name}: ${why}`);
      }
      await one.cutLogs();
    }
    calls[workload.name] = row;
  }
  return {
    ...{ machine: await describeMachine(), stolen: stolen(), calls },
    workloads: resultsOf(found, balancers),
    latencies: Object.fromEntries(latencies),
  };
}

const [room = '', extent, other, version = ''] = process.argv.slice(2);
const tell = (text: string) => process.send?.({ kind: 'progress', text } satisfies RoomReport);
await reportEnd(
  run(room, extent === 'quick' ? extents.quick : wholeWith(other, version), tell).then(
    (result): RoomReport => ({ kind: 'result', result }),
  ),
);
