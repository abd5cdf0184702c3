import type {
  OperationalState,
  RuntimeCheck,
  RuntimeFrontend,
  RuntimeServer,
  RuntimeState,
} from '../../model/runtime-state.ts';
import type { ProcessList } from './master-socket.ts';
import type { ServerStateRow } from './server-state.ts';
import type { StatRow } from './show-stat.ts';

/**
 * Puts together what the master, the statistics and the server states say. Undefined when no worker is listed.
 * @param leaving the statistics of workers of earlier configurations, whose sessions are on the servers too
 */
export function composeRuntimeState(
  at: number,
  processes: ProcessList,
  statistics: readonly StatRow[],
  states: readonly ServerStateRow[],
  leaving: readonly StatRow[] = [],
): RuntimeState | undefined {
  const [worker] = processes.workers;
  if (worker === undefined) return undefined;
  return {
    at,
    process: {
      masterPid: processes.master.pid,
      workerPid: worker.pid,
      leavingWorkers: processes.leaving.map(({ pid }) => pid),
      version: worker.version,
      uptime: worker.uptime,
      reloads: processes.master.reloads,
    },
    frontends: statistics.filter((row) => row.get('svname') === 'FRONTEND').map(frontend),
    servers: composeServers(at, statistics, states, leaving),
  };
}

/** The servers alone; see {@link composeRuntimeState}. */
export function composeServers(
  at: number,
  statistics: readonly StatRow[],
  states: readonly ServerStateRow[],
  leaving: readonly StatRow[],
): RuntimeServer[] {
  const told = new Map(states.map((row) => [`${row.backend}/${row.name}`, row]));
  const elsewhere = byServer(leaving);
  return (
    statistics
      // Type 2 is a server; 0 and 1 are frontend and backend, 3 a listener.
      .filter((row) => row.get('type') === '2')
      .map((row): RuntimeServer => {
        const backend = row.get('pxname') ?? '';
        const name = row.get('svname') ?? '';
        const state = told.get(`${backend}/${name}`);
        const check = readCheckResult(row);
        const old = elsewhere.get(`${backend}/${name}`) ?? { sessions: 0, senders: 0 };
        return {
          backend,
          name,
          address: row.get('addr') ?? '',
          admin: state?.admin ?? 'ready',
          operational: operationalState(row),
          ...(check === undefined ? {} : { check }),
          since: at - number(row, 'lastchg') * 1_000,
          sessions: number(row, 'scur') + old.sessions,
          ...(old.senders === 0 ? {} : { oldSenders: old.senders }),
          weight: state?.weight ?? number(row, 'weight'),
        };
      })
  );
}

interface Elsewhere {
  readonly sessions: number;
  /** Workers that take the server for one that gets requests: they know nothing of a later drain. */
  readonly senders: number;
}

/** What the leaving workers together have of each server. */
function byServer(rows: readonly StatRow[]): Map<string, Elsewhere> {
  const found = new Map<string, Elsewhere>();
  for (const row of rows.filter((one) => one.get('type') === '2')) {
    const key = `${row.get('pxname') ?? ''}/${row.get('svname') ?? ''}`;
    const { sessions, senders } = found.get(key) ?? { sessions: 0, senders: 0 };
    const sends = number(row, 'weight') > 0 && !/^(MAINT|DOWN|NOLB)/.test(row.get('status') ?? '');
    found.set(key, { sessions: sessions + number(row, 'scur'), senders: senders + (sends ? 1 : 0) });
  }
  return found;
}

function frontend(row: StatRow): RuntimeFrontend {
  const status = row.get('status');
  return {
    name: row.get('pxname') ?? '',
    status: status === 'OPEN' ? 'open' : status === 'FULL' ? 'full' : 'stopped',
    sessions: number(row, 'scur'),
    requests: number(row, 'req_tot'),
  };
}

/**
 * The status column says UP, DOWN, NOLB, MAINT, DRAIN or "no check", with a fraction such as `DOWN 1/2` while
 * checks pull the other way. A server that is drained or in maintenance shows that instead of its health.
 */
function operationalState(row: StatRow): OperationalState {
  const status = row.get('status') ?? '';
  if (status === 'no check') return 'no-check';
  const changing = /\d+\/\d+/.test(status);
  if (status.startsWith('DOWN')) return changing ? 'going-up' : 'down';
  if (status.startsWith('UP') || status.startsWith('NOLB') || status.startsWith('DRAIN')) {
    return changing ? 'going-down' : 'up';
  }
  return row.get('check_status') === undefined ? 'no-check' : 'down';
}

function readCheckResult(row: StatRow): RuntimeCheck | undefined {
  // A star marks a check that runs right now; what follows is the result of the one before.
  const result = row.get('check_status')?.replace(/^\* /, '');
  if (result === undefined || result === 'INI' || result === 'UNK') return undefined;
  const status = row.get('check_code');
  const description = row.get('last_chk');
  // A verdict from live traffic took no time: HAProxy has -1 then, and writes it without its sign.
  const duration = number(row, 'check_duration', -1);
  const measured = duration >= 0 && duration <= Number.MAX_SAFE_INTEGER;
  return {
    result,
    ...(status === undefined || !result.startsWith('L7') ? {} : { status: Number(status) }),
    ...(description === undefined ? {} : { description }),
    ...(measured ? { duration } : {}),
  };
}

function number(row: StatRow, column: string, otherwise = 0): number {
  const value = Number(row.get(column) ?? otherwise);
  return Number.isFinite(value) ? value : otherwise;
}
