import type {
  OperationalState,
  RuntimeCheck,
  RuntimeFrontend,
  RuntimeProcess,
  RuntimeServer,
} from '../../model/runtime-state.ts';
import type { Row } from './cells.ts';
import type { ProcessList } from './master-socket.ts';
import { isServer } from './show-stat.ts';
import type { ToldStates } from './told-states.ts';

/** What the master says. Undefined when no worker is listed. */
export function runtimeProcess({ master, workers, leaving }: ProcessList): RuntimeProcess | undefined {
  const [worker] = workers;
  if (worker === undefined) return undefined;
  return {
    masterPid: master.pid,
    workerPid: worker.pid,
    leavingWorkers: leaving.map(({ pid }) => pid),
    version: worker.version,
    uptime: worker.uptime,
    reloads: master.reloads,
  };
}

export function runtimeFrontend(row: Row): RuntimeFrontend {
  const open = row.is('status', 'OPEN');
  return {
    name: row.get('pxname') ?? '',
    status: open ? 'open' : row.is('status', 'FULL') ? 'full' : 'stopped',
    sessions: row.number('scur'),
    requests: row.number('req_tot'),
  };
}

/** What workers of earlier configurations have of one server. */
export interface Elsewhere {
  readonly sessions: number;
  /** Workers that take the server for one that gets requests: they know nothing of a later drain. */
  readonly senders: number;
}

/** @param rows of all leaving workers. @returns by backend and name, see {@link placeOf} */
export function elsewhereIn(rows: readonly Row[]): ReadonlyMap<string, Elsewhere> {
  const found = new Map<string, Elsewhere>();
  for (const row of rows.filter(isServer)) {
    const key = placeOf(row.get('pxname') ?? '', row.get('svname') ?? '');
    const { sessions, senders } = found.get(key) ?? { sessions: 0, senders: 0 };
    const sends = finite(row, 'weight') > 0 && !/^(MAINT|DOWN|NOLB)/.test(row.get('status') ?? '');
    found.set(key, { sessions: sessions + finite(row, 'scur'), senders: senders + (sends ? 1 : 0) });
  }
  return found;
}

/** Names hold no slash. */
export function placeOf(backend: string, server: string): string {
  return `${backend}/${server}`;
}

/**
 * @param row of the server in the statistics
 * @param told asked for one server after the other
 * @param before what was said of it before, perhaps; this very object when all is the same
 */
export function runtimeServer(
  row: Row,
  at: number,
  told: ToldStates | undefined,
  elsewhere: ReadonlyMap<string, Elsewhere>,
  before?: RuntimeServer,
): RuntimeServer {
  const backend = row.get('pxname', before?.backend) ?? '';
  const name = row.get('svname', before?.name) ?? '';
  const known = before?.name === name && before.backend === backend ? before : undefined;
  const state = told?.next(backend, name);
  const check = checkResult(row, known?.check);
  const old = elsewhere.size === 0 ? undefined : elsewhere.get(placeOf(backend, name));
  const address = row.get('addr', known?.address) ?? '';
  const admin = state?.admin ?? 'ready';
  const operational = operationalState(row);
  const since = sinceOf(row, at, known?.operational === operational ? known.since : undefined);
  const sessions = finite(row, 'scur') + (old?.sessions ?? 0);
  const oldSenders = old === undefined || old.senders === 0 ? undefined : old.senders;
  const weight = state?.weight ?? finite(row, 'weight');
  const isAsBefore =
    known !== undefined &&
    known.check === check &&
    known.sessions === sessions &&
    known.operational === operational &&
    known.admin === admin &&
    known.weight === weight &&
    known.address === address &&
    known.oldSenders === oldSenders &&
    known.since === since;
  if (isAsBefore) return known;
  return {
    backend,
    name,
    address,
    admin,
    operational,
    ...(check === undefined ? {} : { check }),
    since,
    sessions,
    ...(oldSenders === undefined ? {} : { oldSenders }),
    weight,
  };
}

/** HAProxy tells in whole seconds how long ago it was, and an answer takes some time: that is no other moment. */
const tremor = 1_500;

function sinceOf(row: Row, at: number, before: number | undefined): number {
  const since = at - finite(row, 'lastchg') * 1_000;
  return before !== undefined && Math.abs(since - before) < tremor ? before : since;
}

/**
 * The status column says UP, DOWN, NOLB, MAINT, DRAIN or "no check", with a fraction such as `DOWN 1/2` while
 * checks pull the other way. A server that is drained or in maintenance shows that instead of its health.
 */
function operationalState(row: Row): OperationalState {
  // What nearly all servers are.
  if (row.is('status', 'UP')) return 'up';
  const status = row.get('status') ?? '';
  if (status === 'no check') return 'no-check';
  const changing = /\d+\/\d+/.test(status);
  if (status.startsWith('DOWN')) return changing ? 'going-up' : 'down';
  if (status.startsWith('UP') || status.startsWith('NOLB') || status.startsWith('DRAIN')) {
    return changing ? 'going-down' : 'up';
  }
  return row.get('check_status') === undefined ? 'no-check' : 'down';
}

function checkResult(row: Row, before: RuntimeCheck | undefined): RuntimeCheck | undefined {
  // A star marks a check that runs right now; what follows is the result of the one before.
  const result = row.get('check_status', before?.result)?.replace(/^\* /, '');
  if (result === undefined || result === 'INI' || result === 'UNK') return undefined;
  const status = result.startsWith('L7') ? row.number('check_code', Number.NaN) : Number.NaN;
  const description = row.get('last_chk', before?.description);
  // A verdict from live traffic took no time: HAProxy has -1 then, and writes it without its sign.
  const took = row.number('check_duration', -1);
  const duration = took >= 0 && took <= Number.MAX_SAFE_INTEGER ? took : undefined;
  const isAsBefore =
    before !== undefined &&
    before.result === result &&
    before.description === description &&
    before.duration === duration &&
    before.status === (Number.isNaN(status) ? undefined : status);
  if (isAsBefore) return before;
  return {
    result,
    ...(Number.isNaN(status) ? {} : { status }),
    ...(description === undefined ? {} : { description }),
    ...(duration === undefined ? {} : { duration }),
  };
}

function finite(row: Row, column: string): number {
  const value = row.number(column);
  return Number.isFinite(value) ? value : 0;
}
