import { expect, test } from 'vitest';
import { CountersFixture, type Second, watchedPool } from './counters-fixture.ts';
import type { Opinion } from './opinion.ts';
import { OutlierDetector } from './outlier-detector.ts';

const three = watchedPool(['a', 'b', 'c']);

/** Plays so many seconds of the same traffic. @returns the opinions after each */
function play(
  detector: OutlierDetector,
  counters: CountersFixture,
  seconds: number,
  traffic: (out: readonly string[]) => Readonly<Record<string, Second>>,
  pool = three,
): (readonly Opinion[])[] {
  let out: readonly Opinion[] = [];
  return Array.from({ length: seconds }, () => {
    const servers = out.map(({ server }) => server);
    out = detector.judge(counters.second(traffic(servers)), [serving(pool, servers)]).opinions;
    return out;
  });
}

/** A server that is kept out gets no requests. */
function serving(pool: typeof three, out: readonly string[]): typeof three {
  return {
    ...pool,
    servers: pool.servers.map((server) => ({
      ...server,
      serving: server.serving && !out.includes(server.name),
    })),
  };
}

function begin(): [OutlierDetector, CountersFixture] {
  const [detector, counters] = [new OutlierDetector(), new CountersFixture()];
  detector.judge(counters.second({ a: {}, b: {}, c: {} }), [three]);
  return [detector, counters];
}

const well: Second = { requests: 10 };

test.each<[string, Second]>([
  ['503 to writes', { requests: 10, answers5xx: 10 }],
  ['what retries hide', { requests: 10, retried: 10 }],
  ['every second request', { requests: 10, answers5xx: 6 }],
])('a server that fails while its siblings do not is kept out: %s', (_, broken) => {
  const [detector, counters] = begin();
  const [, after] = play(detector, counters, 2, (out) => ({
    a: out.includes('a') ? {} : broken,
    b: well,
    c: well,
  }));
  expect(after).toMatchObject([
    { backend: 'live.servers', server: 'a', source: 'live-traffic', fault: 'requests fail' },
  ]);
});

test('the opinion says how much failed, here and at the siblings, and for how long it stands', () => {
  const [detector, counters] = begin();
  const [first] = play(detector, counters, 1, () => ({
    a: { requests: 6, answers5xx: 6 },
    b: well,
    c: well,
  }));
  expect(first?.[0]?.because).toBe(
    '6 of 6 requests of live traffic failed, of its siblings 0 of 20 failed; kept out for 10 s',
  );
  expect(first?.[0]?.since).toBe(counters.now);
});

test.each<[string, Record<string, Second>]>([
  [
    'all fail alike: it is the requests',
    {
      a: { requests: 10, answers5xx: 10 },
      b: { requests: 10, answers5xx: 10 },
      c: { requests: 10, answers5xx: 10 },
    },
  ],
  ['4xx only', { a: { requests: 10, answers4xx: 10 }, b: well, c: well }],
  ['clients that give up', { a: { requests: 10, abandoned: 10 }, b: well, c: well }],
  ['less than the share', { a: { requests: 10, answers5xx: 4 }, b: well, c: well }],
  ['too few requests', { a: { requests: 1, answers5xx: 1 }, b: well, c: well }],
  ['siblings without traffic', { a: { requests: 10, answers5xx: 10 }, b: {}, c: {} }],
  [
    'a third of the failures of the siblings',
    {
      a: { requests: 20, answers5xx: 12 },
      b: { requests: 20, answers5xx: 5 },
      c: { requests: 20, answers5xx: 4 },
    },
  ],
])('nothing is said of %s', (_, traffic) => {
  const [detector, counters] = begin();
  expect(play(detector, counters, 20, () => traffic).flat()).toEqual([]);
});

test('a server that is alone is never judged', () => {
  const one = watchedPool(['a']);
  const [detector, counters] = [new OutlierDetector(), new CountersFixture()];
  const seen = play(detector, counters, 20, () => ({ a: { requests: 10, answers5xx: 10 } }), one);
  expect(seen.flat()).toEqual([]);
});

test('the penalty doubles up to five minutes, and is forgotten after five minutes in service', () => {
  const [detector, counters] = begin();
  const broken = (out: readonly string[]) => ({
    a: out.includes('a') ? {} : { requests: 10, answers5xx: 10 },
    b: well,
    c: well,
  });
  const penalties = (opinions: readonly (readonly Opinion[])[]) => [
    ...new Set(opinions.flat().map(({ because }) => /for (.+)$/.exec(because)?.[1])),
  ];
  const times = play(detector, counters, 1_500, broken);
  expect(penalties(times)).toEqual(['10 s', '20 s', '40 s', '1 min 20 s', '2 min 40 s', '5 min']);
  play(detector, counters, 620, () => ({ a: well, b: well, c: well }));
  expect(penalties(play(detector, counters, 5, broken))).toEqual(['10 s']);
});

test('what HAProxy took out for errors in a row is kept out, although it had few requests', () => {
  const [detector, counters] = begin();
  play(detector, counters, 5, () => ({ a: well, b: well, c: well }));
  detector.noticed({ backend: 'live.servers', server: 'a', health: 'down', reason: 'Health analyze', at: 1 });
  const sample = counters.second({ a: { requests: 3, answers5xx: 3 }, b: well, c: well });
  const { opinions } = detector.judge(sample, [watchedPool(['a', 'b', 'c'], ['b', 'c'])]);
  expect(opinions).toMatchObject([
    {
      server: 'a',
      because:
        'HAProxy met errors in a row in live traffic, of its siblings 0 of 20 failed; kept out for 10 s',
    },
  ]);
});

test.each<[string, string | undefined, Second]>([
  ['a check took it out', 'Layer7 timeout', well],
  ['nobody says why', undefined, well],
  ['its siblings fail, too', 'Health analyze', { requests: 10, answers5xx: 4 }],
])('HAProxy alone decides when %s', (_, reason, sibling) => {
  const [detector, counters] = begin();
  play(detector, counters, 5, () => ({ a: well, b: well, c: well }));
  const notice = { backend: 'live.servers', server: 'a', health: 'down', at: 1 } as const;
  detector.noticed(reason === undefined ? notice : { ...notice, reason });
  const sample = counters.second({ a: { requests: 3, answers5xx: 3 }, b: sibling, c: sibling });
  expect(detector.judge(sample, [watchedPool(['a', 'b', 'c'], ['b', 'c'])]).opinions).toEqual([]);
});

test('when the last server that is left dies, all are given back', () => {
  const [detector, counters] = begin();
  play(detector, counters, 2, (out) => ({
    a: out.includes('a') ? {} : { requests: 10, answers5xx: 10 },
    b: well,
    c: well,
  }));
  const sample = counters.second({ a: {}, b: {}, c: {} });
  expect(detector.judge(sample, [watchedPool(['a', 'b', 'c'], [])]).opinions).toEqual([]);
});

test('a new worker counts from the beginning, and is no evidence by itself', () => {
  const [detector, counters] = begin();
  play(detector, counters, 5, () => ({ a: { requests: 100 }, b: well, c: well }));
  counters.newWorker();
  const seen = play(detector, counters, 5, () => ({ a: { requests: 4, answers5xx: 1 }, b: well, c: well }));
  expect(seen.flat()).toEqual([]);
});

test('an opinion outlives a new worker, because the server does', () => {
  const [detector, counters] = begin();
  play(detector, counters, 2, (out) => ({
    a: out.includes('a') ? {} : { requests: 10, answers5xx: 10 },
    b: well,
    c: well,
  }));
  counters.newWorker();
  const { opinions } = detector.judge(counters.second({ a: {}, b: {}, c: {} }), [serving(three, ['a'])]);
  expect(opinions).toMatchObject([{ server: 'a' }]);
});
