import { mkdir, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates, Place } from './place.ts';
import { ports } from './place.ts';
import {
  balancerCore,
  onCores,
  processorTime,
  type Started,
  start,
  untilOpen,
  withDescendants,
} from './processes.ts';
import type { Subject } from './subject.ts';

/** A subject that runs, on the core of balancers. */
export interface Balancer {
  readonly subject: Subject;
  readonly address: string;
  readonly pids: readonly number[];
  /** Processor time of all its processes so far, in microseconds. */
  readonly used: () => Promise<number>;
  /** Empties its logs: they are in memory here. */
  readonly cutLogs: () => Promise<void>;
}

export async function startBalancer(
  subject: Subject,
  number: number,
  room: string,
  { certificates, native }: { readonly certificates: Certificates; readonly native: Place['native'] },
): Promise<Balancer> {
  const directory = join(room, `b${number}`);
  const address = `127.0.20.${number}`;
  await mkdir(directory);
  const commands = await subject.prepare({ directory, address, certificates, native });
  const started: Started[] = [];
  for (const [index, { words, ...options }] of commands.entries())
    started.push(await start(onCores(balancerCore, words), directory, String(index), options));
  for (const door of subject.doors) await untilOpen(address, ports[door], started);
  const pids = await withDescendants(started.map(({ pid }) => pid));
  return {
    ...{ subject, address, pids },
    used: async () => {
      for (const program of started)
        if (program.hasEnded()) throw new Error(`${subject.name} ended:\n${await program.said()}`);
      return processorTime(native('cpu-clock'), pids);
    },
    cutLogs: async () => {
      const logs = (await readdir(directory)).filter((name) => name.endsWith('.log'));
      for (const log of logs) await truncate(join(directory, log));
    },
  };
}
