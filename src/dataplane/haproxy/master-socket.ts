import { exchange } from './exchange.ts';

/** The family of processes, as the master lists it. */
export interface ProcessList {
  readonly master: MasterProcess;
  readonly workers: readonly WorkerProcess[];
  /** Workers of earlier configurations that still end their connections. */
  readonly leaving: readonly WorkerProcess[];
}

export interface MasterProcess {
  readonly pid: number;
  /** Reloads since its start, failed ones included. */
  readonly reloads: number;
  /** Reloads that failed since the last that did not. */
  readonly failed: number;
  readonly version: string;
}

export interface WorkerProcess {
  readonly pid: number;
  /** In milliseconds. */
  readonly uptime: number;
  readonly version: string;
}

export type MasterAnswer =
  | { readonly kind: 'processes'; readonly list: ProcessList }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'mute'; readonly what: string };

/** Asks the master for its processes. While a reload is under way the master may be mute. */
export async function showProcesses(socketPath: string, timeLimit = 2_000): Promise<MasterAnswer> {
  const answer = await exchange(socketPath, 'show proc\n', timeLimit);
  if (answer.kind === 'nobody') return answer;
  if (answer.kind === 'failed') return { kind: 'mute', what: answer.what };
  const list = readProcesses(answer.bytes.toString());
  return list === undefined
    ? { kind: 'mute', what: 'the answer was not a list of processes' }
    : { kind: 'processes', list };
}

/** Reads the answer to `show proc`; undefined when it is cut off or something else. */
export function readProcesses(text: string): ProcessList | undefined {
  if (!text.startsWith('#<PID>') || !text.endsWith('\n\n')) return undefined;
  let master: MasterProcess | undefined;
  const workers: WorkerProcess[] = [];
  const leaving: WorkerProcess[] = [];
  let old = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) old = line.startsWith('# old');
    const match = /^(\d+)\s+(\w+)\s+(\d+)(?: \[failed: (\d+)\])?\s+(\d+)d(\d+)h(\d+)m(\d+)s\s+(\S+)/.exec(
      line,
    );
    if (match === null) continue;
    const [, pid, type, reloads, failed, days, hours, minutes, seconds, version = ''] = match;
    if (type === 'master') {
      master = { pid: Number(pid), reloads: Number(reloads), failed: Number(failed ?? 0), version };
    } else if (type === 'worker') {
      const uptime =
        (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
      (old ? leaving : workers).push({ pid: Number(pid), uptime, version });
    }
  }
  return master === undefined ? undefined : { master, workers, leaving };
}

/** What the master said about a reload. `silent`: it said nothing, as 2.6 does; the verdict must be asked for. */
export type ReloadAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly log: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'nobody' };

/** Asks the master to read its configuration again. */
export async function requestReload(socketPath: string, timeLimit: number): Promise<ReloadAnswer> {
  const answer = await exchange(socketPath, 'reload\n', timeLimit);
  if (answer.kind === 'nobody') return answer;
  if (answer.kind === 'failed') return { kind: 'silent' };
  const [, success] = /^Success=(\d)/.exec(answer.bytes.toString()) ?? [];
  if (success === undefined) return { kind: 'silent' };
  return success === '1' ? { kind: 'done' } : { kind: 'refused', log: answer.bytes.toString() };
}
