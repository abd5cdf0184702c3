import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Survey } from '../counters-port.ts';
import { surveyOf } from './survey.ts';

const processes = {
  master: { pid: 1, version: '2.6.12', reloads: 0, failed: 0 },
  workers: [{ pid: 42, version: '2.6.12', uptime: 1 }],
  leaving: [],
};
const told = {
  info: 'Name: HAProxy\nPid: 42\n',
  statistics: '# pxname,svname,type\nlive,FRONTEND,0\nlive.servers,api-1,2\nlive.servers,BACKEND,1\n',
  states: '1\n# be_id be_name srv_id srv_name srv_admin_state\n',
};

function survey(said: Partial<typeof told>, workers = processes.workers) {
  return read({ ...told, ...said }, 7, undefined, workers);
}

function read(said: typeof told, at: number, before?: Survey, workers = processes.workers) {
  const [info, statistics, states] = [said.info, said.statistics, said.states].map((text) =>
    Buffer.from(text),
  );
  if (info === undefined || statistics === undefined || states === undefined) return undefined;
  const surroundings = { at, processes: { ...processes, workers }, leaving: [] };
  return surveyOf({ info, statistics, states }, surroundings, before);
}

test('a survey is of the worker that answered', () => {
  expect(survey({})).toMatchObject({
    state: { at: 7, servers: [{ backend: 'live.servers', name: 'api-1' }] },
    counters: { workerPid: 42, backends: [{ name: 'live.servers' }] },
    servers: { workerPid: 42, servers: [{ server: 'api-1' }] },
    traffic: { frontends: [{ name: 'live' }] },
  });
});

test('without a pid, statistics, states or a worker there is none', () => {
  expect(survey({ info: 'Name: HAProxy\n' })).toBeUndefined();
  expect(survey({ statistics: 'Unknown command' })).toBeUndefined();
  expect(survey({ states: 'Unknown command' })).toBeUndefined();
  expect(survey({}, [])).toBeUndefined();
});

const numbers = ['', '0', '1', '2', '12', '9007199254740993'];
/** What may be said of a server; the first of each is usual. */
const values = {
  pxname: ['a', 'b'],
  svname: ['one', 'two', 'thr', 'öne'],
  qcur: numbers,
  scur: numbers,
  stot: ['12', ...numbers],
  econ: numbers,
  eresp: numbers,
  wretr: numbers,
  wredis: numbers,
  status: ['UP', 'UP 1/2', 'DOWN', 'DOWN 1/2', 'MAINT', 'DRAIN', 'no check', ''],
  weight: numbers,
  lastchg: numbers,
  type: ['2'],
  check_status: ['L7OK', '', 'L4OK', '* L7OK', 'L4TOUT', 'L7STS', 'INI'],
  check_code: ['200', '', '503'],
  check_duration: numbers,
  hrsp_4xx: numbers,
  hrsp_5xx: numbers,
  req_tot: numbers,
  cli_abrt: numbers,
  srv_abrt: numbers,
  // Some are the same letters as another is bytes.
  last_chk: ['fine', '', 'a, b', 'say "no"', 'say ""no""', 'a\nb', 'é', 'Ã©'],
  rtime: numbers,
  addr: ['10.0.0.1:80', '', '10.0.0.2:80', '[2001:db8::1]:80'],
  admin: ['0', '1', '8'],
  uweight: ['100', '7'],
};
type Column = keyof typeof values;
type Line = Readonly<Record<Column, string>>;
const all = Object.keys(values) as Column[];
const columns = all.filter((column) => column !== 'admin' && column !== 'uweight');
const lineOf = <T>(of: (own: readonly string[]) => T) =>
  Object.fromEntries(all.map((column) => [column, of(values[column])])) as Record<Column, T>;
const usual: Line = lineOf(([first = '']) => first);
const line = fc.record(lineOf((own) => fc.constantFrom(...own)));

/** What becomes of the lines from one answer to the next. */
const change = fc.oneof(
  fc.record({
    kind: fc.constant('cell' as const),
    at: fc.nat(),
    column: fc.constantFrom(...all),
    from: line,
  }),
  fc.record({ kind: fc.constant('removed' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('added' as const), at: fc.nat(), line }),
);

function changed(
  lines: readonly Line[],
  one: typeof change extends fc.Arbitrary<infer T> ? T : never,
): Line[] {
  const at = one.at % (lines.length + 1);
  if (one.kind === 'added') return lines.toSpliced(at, 0, one.line);
  if (one.kind === 'removed') return lines.toSpliced(at, 1);
  return lines.map((own, index) => (index === at ? { ...own, [one.column]: one.from[one.column] } : own));
}

function written(lines: readonly Line[]): typeof told {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const statistics = lines.map((one) => columns.map((column) => cell(one[column])).join(','));
  const states = lines.map((one) => `${one.pxname} ${one.svname} ${one.admin} ${one.uweight}`);
  return {
    ...told,
    statistics: `# ${columns.join(',')}\n${statistics.join('\n')}\n`,
    states: `1\n# be_name srv_name srv_admin_state srv_uweight\n${states.join('\n')}\n`,
  };
}

/** Since when a server is as it is may be told somewhat differently. */
function untold(found: Survey | undefined) {
  return (
    found && {
      ...found,
      state: { ...found.state, servers: found.state.servers.map((one) => ({ ...one, since: 0 })) },
    }
  );
}

test.each(all)('whatever else %s says is noticed', (column) => {
  for (const from of values[column]) {
    for (const to of values[column]) {
      const before = read(written([{ ...usual, [column]: from }]), 0);
      const said = written([{ ...usual, [column]: to }]);
      expect(untold(read(said, 0, before))).toEqual(untold(read(said, 0)));
    }
  }
});

test('a survey that takes objects from those before says the same as one that does not', () => {
  const lines = fc.uniqueArray(line, {
    selector: ({ pxname, svname }) => `${pxname}/${svname}`,
    maxLength: 6,
  });
  fc.assert(
    fc.property(lines, fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 4 }), (first, rounds) => {
      let [now, before] = [first as Line[], read(written(first), 0)];
      for (const [round, changes] of rounds.entries()) {
        for (const one of changes) now = changed(now, one);
        const said = written(now);
        const at = (round + 1) * 1_000;
        const [fresh, found] = [read(said, at), read(said, at, before)];
        expect(untold(found)).toEqual(untold(fresh));
        for (const [index, { since }] of (found?.state.servers ?? []).entries())
          expect(Math.abs(since - (fresh?.state.servers[index]?.since ?? Number.NaN))).toBeLessThan(1_500);
        before = found;
      }
    }),
  );
});

test('a server of which nothing new is said stays the same object, whatever is said of others', () => {
  const other = { ...usual, svname: 'two' };
  const before = read(written([usual, other]), 0);
  const after = read(written([usual, { ...other, scur: '1' }]), 1_000, before);
  expect(after?.state.servers[0]).toBe(before?.state.servers[0]);
  expect(after?.servers.servers[0]).toBe(before?.servers.servers[0]);
  expect(after?.state.servers[1]).not.toBe(before?.state.servers[1]);
});
