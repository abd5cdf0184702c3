import type { Clock } from '../../kernel/clock.ts';
import type { RuntimeServer } from '../../model/runtime-state.ts';
import type { Survey } from '../counters-port.ts';
import { countersIn } from './counters.ts';
import type { ProcessList } from './master-socket.ts';
import type { Outline } from './outline.ts';
import { commands } from './runtime-socket.ts';
import { composeServers, stateWith } from './runtime-state.ts';
import { serverCountersIn } from './server-counters.ts';
import { readServerStates } from './server-state.ts';
import { backendsAndServers, everything, frontends, readStatistics, type StatRow } from './show-stat.ts';
import { trafficIn } from './traffic.ts';
import { nameWord, numberWord } from './words.ts';

/** What a worker said of all its proxies and servers, within some seconds. */
export interface SurveyAnswers {
  /** When the first was asked, in milliseconds since 1970. */
  readonly at: number;
  readonly workerPid: number;
  readonly rows: readonly StatRow[];
  readonly servers: readonly RuntimeServer[];
}

/** What HAProxy has; the file that it was started with says it. */
type Proxies = Pick<Outline, 'frontends' | 'servers'>;

/**
 * A thread of HAProxy that answers does nothing else until it has answered the whole of it (4,000 servers: 25 ms). So it is
 * asked in slices of about so many milliseconds, with pauses, in milliseconds, and does its own work in between: the survey
 * takes no more than a twentieth of one thread, however many there are.
 */
const slice = 2;
const pause = 40;

/**
 * What an answer takes, in milliseconds (measured with 2.6.12): a question about one proxy walks over all of them, and each
 * line of the answer has a hundred values.
 */
const forQuestion = 0.02;
const forProxyPassed = 0.000_02;
const forRow = 0.006;
const forState = 0.003;

/** Commands that go over one connection. */
export type Slice = readonly (readonly string[])[];

/** What to ask of a worker. */
export interface Questions {
  /** One: it is asked for all at once. */
  readonly slices: readonly Slice[];
  /** Names of a frontend and of a backend: HAProxy takes them for the backend. */
  readonly twins: readonly string[];
}

interface Question {
  readonly words: Slice;
  readonly cost: number;
}

/**
 * Asks for everything, slice by slice.
 * @param questions see {@link questionsFor}; absent, or not what the worker knows: it is asked for all at once
 * @param leaving see {@link composeServers}
 * @returns undefined when no worker answers
 */
export async function survey(
  socket: string,
  questions: Questions | undefined,
  leaving: readonly StatRow[],
  clock: Clock,
): Promise<SurveyAnswers | undefined> {
  const sliced = questions === undefined ? 'other' : await ask(socket, questions, leaving, clock);
  if (sliced !== 'other') return sliced;
  const whole = await ask(socket, wholly, leaving, clock);
  return whole === 'other' ? undefined : whole;
}

const atOnce: Slice = [
  ['show', 'stat', '-1', everything, '-1'],
  ['show', 'servers', 'state'],
];

/** All of it in one go: for few servers. */
export const wholly: Questions = { slices: [atOnce], twins: [] };

/** `other`: a worker that does not have all of it, or another one took over on the way. */
async function ask(
  socket: string,
  { slices, twins }: Questions,
  leaving: readonly StatRow[],
  clock: Clock,
): Promise<SurveyAnswers | 'other' | undefined> {
  const at = clock.now();
  const pids = new Set<number>();
  const rows: StatRow[] = [];
  const servers: RuntimeServer[] = [];
  for (const [index, words] of slices.entries()) {
    if (index > 0) await clock.sleep(pause);
    const answers = await commands(socket, [['show', 'info'], ...words]);
    if (!answers.ok) return answers.error.refused ? 'other' : undefined;
    const [info = '', ...texts] = answers.value;
    pids.add(Number(/^Pid: (\d+)$/m.exec(info)?.[1]));
    if (pids.size > 1) return 'other';
    const found = texts.flatMap((text) => readStatistics(text) ?? []);
    const states = texts.flatMap((text) => readServerStates(text) ?? []);
    rows.push(...found);
    servers.push(...composeServers(clock.now(), found, states, leaving));
  }
  for (const twin of twins) {
    const found = await askForTwin(socket, twin, rows);
    if (found === undefined) return 'other';
    rows.push(found);
  }
  const [workerPid = Number.NaN] = pids;
  return Number.isNaN(workerPid) ? undefined : { at, workerPid, rows, servers };
}

/** Numbers are given in the order of the file, and ours writes both beside each other. */
async function askForTwin(
  socket: string,
  name: string,
  rows: readonly StatRow[],
): Promise<StatRow | undefined> {
  const backend = rows.find((row) => row.get('pxname') === name && row.get('svname') === 'BACKEND');
  const own = Number(backend?.get('iid'));
  if (!(own > 1)) return undefined;
  const beside = [own - 1, own + 1].map((id) => ['show', 'stat', numberWord(id), frontends, '-1']);
  const answers = await commands(socket, beside);
  if (!answers.ok) return undefined;
  return answers.value
    .flatMap((text) => readStatistics(text) ?? [])
    .find((row) => row.get('pxname') === name && row.get('svname') === 'FRONTEND');
}

/** Undefined when no worker is listed. */
export function composeSurvey(answers: SurveyAnswers, processes: ProcessList): Survey | undefined {
  const { at, workerPid, rows } = answers;
  const state = stateWith(at, processes, rows, answers.servers);
  if (state === undefined) return undefined;
  return {
    state,
    counters: countersIn(at, workerPid, rows),
    servers: serverCountersIn(at, workerPid, rows),
    traffic: trafficIn(rows),
  };
}

/** For a worker with these proxies. One pool is never cut, however large. */
export function questionsFor({ frontends: served, servers }: Proxies): Questions {
  const pools = Map.groupBy(servers, ({ backend }) => backend);
  const rows = served.length + pools.size + servers.length;
  if (rows * forRow + servers.length * forState <= slice) return wholly;
  const walk = forQuestion + (served.length + pools.size) * forProxyPassed;
  const questions: Question[] = [
    ...served
      .filter((name) => !pools.has(name))
      .map((name) => ({
        words: [['show', 'stat', nameWord(name), frontends, '-1']],
        cost: walk + forRow,
      })),
    ...[...pools].map(([name, own]) => ({
      words: [
        ['show', 'stat', nameWord(name), backendsAndServers, '-1'],
        ['show', 'servers', 'state', nameWord(name)],
      ],
      cost: walk + forQuestion + (1 + own.length) * forRow + own.length * forState,
    })),
  ];
  const slices: (readonly string[])[][] = [];
  let left = 0;
  for (const { words, cost } of questions) {
    if (left < cost) {
      slices.push([]);
      left = slice;
    }
    slices.at(-1)?.push(...words);
    left -= cost;
  }
  return { slices, twins: served.filter((name) => pools.has(name)) };
}
