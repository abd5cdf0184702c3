import { expect, test } from 'vitest';
import type { RuntimeServer } from '../model/runtime-state.ts';
import { advise, noAdvice, type PoolAdvice, type PoolView } from './advice.ts';
import type { Opinion } from './opinion.ts';
import type { PoolPolicy } from './policy.ts';

const policy: PoolPolicy = {
  service: 'live',
  whenAllFail: 'serve',
  endSessionsAfter: 1_500,
  maxEjected: 50,
  repeat: { up: 200, down: 1_000 },
  moment: 10_000,
};
const now = 1_000_000;

type Kind =
  | 'ok'
  | '503'
  | '401'
  | 'silent'
  | 'untrusted'
  | 'marked'
  | 'rising'
  | 'drained'
  | 'maintenance'
  | 'unchecked'
  | 'cache gone';
const kinds: Readonly<Record<Kind, Partial<RuntimeServer>>> = {
  ok: { operational: 'up', check: { result: 'L7OK', status: 200 } },
  503: { operational: 'down', check: { result: 'L7STS', status: 503 } },
  401: { operational: 'down', check: { result: 'L7STS', status: 401 } },
  silent: { operational: 'down', check: { result: 'L7TOUT' } },
  untrusted: { operational: 'down', check: { result: 'L6RSP' } },
  marked: { operational: 'down', check: { result: 'HANA' } },
  rising: { operational: 'going-up', check: { result: 'L7OK', status: 200 } },
  drained: { admin: 'drain', weight: 0, operational: 'down', check: { result: 'L7STS', status: 503 } },
  maintenance: { admin: 'maintenance', operational: 'down' },
  unchecked: { operational: 'up' },
  'cache gone': {
    operational: 'down',
    check: { result: 'L4CON', description: 'Connection refused at step 2 of tcp-check (connect port 1972)' },
  },
};

function servers(...given: readonly Kind[]): RuntimeServer[] {
  return given.map((kind, index) => ({
    backend: 'live.servers',
    name: `api-${index + 1}`,
    address: '10.20.1.11:443',
    admin: 'ready',
    operational: 'up',
    since: now - 1_000,
    sessions: 0,
    weight: 100,
    ...kinds[kind],
  }));
}

function opinion(
  server: number,
  fault: string,
  source: Opinion['source'] = 'deep-check',
  since = now,
): Opinion {
  return {
    backend: 'live.servers',
    server: `api-${server}`,
    source,
    fault,
    because: `${fault} fails`,
    since,
  };
}

function view(given: readonly Kind[], rest: Partial<PoolView> = {}): PoolView {
  const shown = servers(...given);
  const marked = shown
    .filter((_, index) => given[index] === 'marked')
    .map(({ name }): [string, number] => [name, now]);
  return {
    policy,
    servers: shown,
    opinions: [],
    markedDown: new Map(marked),
    before: noAdvice,
    at: now,
    settling: false,
    ...rest,
  };
}

/** `1 down, 2 up`. */
function told({ advice }: PoolAdvice): string {
  return [...advice]
    .map(([name, { health }]) => `${name.slice(4)} ${health}`)
    .sort()
    .join(', ');
}

/** Servers as they look while they are told something. */
const heldDown: PoolAdvice = {
  ...noAdvice,
  advice: new Map([['api-1', { health: 'down', because: 'smart fails', since: 1 }]]),
};

test.each<[string, readonly Kind[], readonly Opinion[], string]>([
  ['nothing wrong', ['ok', 'ok'], [], ''],
  ['one fails a deep check', ['ok', 'ok'], [opinion(1, 'smart')], '1 down'],
  [
    'all fail the same deep check: the check is doubted',
    ['ok', 'ok'],
    [opinion(1, 'smart'), opinion(2, 'smart')],
    '',
  ],
  [
    'all fail different deep checks: nobody else could serve',
    ['ok', 'ok'],
    [opinion(1, 'smart'), opinion(2, 'token')],
    '',
  ],
  [
    'all but one fail the same deep check',
    ['ok', 'ok', 'ok'],
    [opinion(1, 'smart'), opinion(2, 'smart')],
    '1 down, 2 down',
  ],
  ['the last that is up fails a deep check', ['ok', 'silent'], [opinion(1, 'smart')], ''],
  [
    'the last that is not drained fails a deep check',
    ['ok', 'drained', 'maintenance'],
    [opinion(1, 'smart')],
    '',
  ],
  ['a drained server with an opinion is left alone', ['ok', 'drained'], [opinion(2, 'smart')], ''],
  ['a server that HAProxy took out itself is left alone', ['ok', '503'], [opinion(2, 'smart')], ''],
  ['live traffic takes out one of two', ['ok', 'ok'], [opinion(1, '5xx', 'live-traffic')], '1 down'],
  [
    'live traffic takes out no more than its share, the oldest first',
    ['ok', 'ok', 'ok', 'ok'],
    [
      opinion(3, '5xx', 'live-traffic', 3),
      opinion(1, '5xx', 'live-traffic', 2),
      opinion(2, '5xx', 'live-traffic', 1),
    ],
    '1 down, 2 down',
  ],
  [
    'who is out already counts for that share',
    ['ok', 'ok', 'silent', 'silent'],
    [opinion(1, '5xx', 'live-traffic')],
    '',
  ],
  [
    'a deep check and live traffic together leave one server',
    ['ok', 'ok'],
    [opinion(1, 'smart'), opinion(2, '5xx', 'live-traffic')],
    '1 down',
  ],
])('%s', (_, given, opinions, wanted) => {
  expect(told(advise(view(given, { opinions })))).toBe(wanted);
});

test('who is held down stays so while its own check passes, and whoever is told may come back', () => {
  const shown: readonly Kind[] = ['rising', 'ok'];
  const still = advise(view(shown, { before: heldDown, opinions: [opinion(1, 'smart')] }));
  expect(told(still)).toBe('1 down');
  expect(still.advice.get('api-1')?.since).toBe(1);
  expect(told(advise(view(shown, { before: heldDown })))).toBe('');
  // Its own check decides: it is down without our help, and the other is the last.
  const gone = advise(
    view(['silent', 'ok'], { before: heldDown, opinions: [opinion(1, 'smart'), opinion(2, 'smart')] }),
  );
  expect(told(gone)).toBe('');
});

test('a doubted deep check is said loudly, and `refuse` believes it', () => {
  const opinions = [opinion(1, 'smart'), opinion(2, 'smart')];
  const [said] = advise(view(['ok', 'ok'], { opinions })).conditions;
  expect(said).toBe(
    'Every server of live fails the deep check smart in the same way: the check is doubted, 2 servers stay in service.',
  );
  const refused = advise(view(['ok', 'ok'], { opinions, policy: { ...policy, whenAllFail: 'refuse' } }));
  expect(told(refused)).toBe('1 down, 2 down');
  expect(refused.conditions).toEqual([
    'Every server of live fails its deep checks, and all are taken out, as the pool asks for.',
  ]);
});

// Guards: a check that is wrong emptied the pool.
test.each<[string, readonly Kind[], string]>([
  ['all answer with the same wrong status', ['503', '503'], '1 up, 2 up'],
  ['a pool of one', ['503'], '1 up'],
  ['all answer, with different statuses', ['503', '401'], '1 up, 2 up'],
  ['all answer that cannot be drained', ['503', 'drained', 'maintenance'], '1 up'],
  ['those that answer, beside one that is silent', ['503', '503', 'silent'], '1 up, 2 up'],
  ['all servers answer, but not what they need beside them', ['cache gone', 'cache gone'], '1 up, 2 up'],
  ['all are silent: they are gone', ['silent', 'silent'], ''],
  ['the certificates of all are refused', ['untrusted', 'untrusted'], ''],
  ['those that answer, beside one without a good certificate', ['503', '503', 'untrusted'], '1 up, 2 up'],
  ['one still serves', ['503', '503', 'ok'], ''],
  ['one comes back', ['503', 'rising'], ''],
])('HAProxy’s own check: %s', (_, given, wanted) => {
  expect(told(advise(view(given)))).toBe(wanted);
  expect(told(advise(view(given, { policy: { ...policy, whenAllFail: 'refuse' } })))).toBe('');
});

test('servers that failed one after the other are believed', () => {
  const [first, second] = servers('503', '503');
  if (first === undefined || second === undefined) throw new Error('no servers');
  const long = { ...first, since: now - 3_600_000 };
  expect(told(advise(view([], { servers: [long, second] })))).toBe('');
});

test('while a change is watched nothing new is held up, but what was held up stays', () => {
  expect(told(advise(view(['503', '503'], { settling: true })))).toBe('');
  expect(told(advise(view(['marked', 'marked'], { settling: true })))).toBe('');
  const before = advise(view(['503', '503']));
  expect(told(advise(view(['503', '503'], { settling: true, before })))).toBe('1 up, 2 up');
});

test('the doubt ends when a check passes for a while, or when nobody answers', () => {
  const panic = advise(view(['503', '503']));
  // Held up, they look up; it is the check that says what they would be.
  const up = servers('503', '503').map((one) => ({ ...one, operational: 'up' as const }));
  const still = advise(view([], { servers: up, before: panic, at: now + 60_000 }));
  expect(told(still)).toBe('1 up, 2 up');
  expect(still.advice.get('api-1')?.since).toBe(now);

  const [first, second] = servers('ok', '503');
  if (first === undefined || second === undefined) throw new Error('no servers');
  const half = [first, { ...second, operational: 'up' as const }];
  const passing = advise(view([], { servers: half, before: still, at: now + 61_000 }));
  expect(told(passing)).toBe('2 up');
  expect(told(advise(view([], { servers: half, before: passing, at: now + 64_000 })))).toBe('2 up');
  // A check that failed again in between begins anew.
  const again = advise(view([], { servers: up, before: passing, at: now + 65_000 }));
  expect(told(advise(view([], { servers: half, before: again, at: now + 66_500 })))).toBe('2 up');
  expect(told(advise(view([], { servers: half, before: passing, at: now + 66_000 })))).toBe('');

  expect(told(advise(view(['silent', 'silent'], { before: still })))).toBe('');
  const reloaded = advise(view(['unchecked', 'unchecked'], { before: still }));
  expect(reloaded.panic).toBeDefined();
});

test('errors of live traffic take out no more than their share, though HAProxy counts them itself', () => {
  const one = advise(view(['marked', 'ok']));
  expect(told(one)).toBe('');
  const both = advise(view(['marked', 'marked']));
  expect(told(both)).toMatch(/^[12] up$/);
  expect(both.conditions.join()).toContain('at most 50 % of the pool may be out');
  expect(told(advise(view(['marked', 'marked', 'marked', 'marked'])))).toMatch(/^\d up, \d up$/);
  expect(told(advise(view(['marked', 'silent'])))).toBe('1 up');
  // An opinion says which of them is the worse one.
  expect(told(advise(view(['marked', 'marked'], { opinions: [opinion(1, 'smart')] })))).toBe('2 up');
  expect(told(advise(view(['marked', 'marked'], { policy: { ...policy, whenAllFail: 'refuse' } })))).toBe('');
});

test('who is kept against live traffic is kept for a while, unless a check says that it is down', () => {
  const kept = advise(view(['marked', 'silent']));
  expect(told(kept)).toBe('1 up');
  expect(told(advise(view(['ok', 'silent'], { before: kept, at: now + 9_000 })))).toBe('1 up');
  expect(told(advise(view(['ok', 'silent'], { before: kept, at: now + 10_000 })))).toBe('');
  expect(told(advise(view(['silent', 'silent'], { before: kept, at: now + 1_000 })))).toBe('');
});

test('a pool without servers that are wanted is nobody’s business', () => {
  expect(advise(view(['drained', 'maintenance'], { opinions: [opinion(1, 'smart')] }))).toEqual(noAdvice);
});

// Guards: after a virtual machine was moved, every check had timed out, and nobody was left to answer.
test('after this machine stood still, whoever was up stays up for a moment, and nobody else', () => {
  const wokeAt = now - 500;
  const fallen: readonly Kind[] = ['ok', 'silent', '503', 'rising'];
  const woken = advise(view(fallen, { wokeAt }));
  expect(told(woken)).toBe('1 up, 2 up');
  expect(woken.conditions).toEqual([expect.stringContaining('stood still')]);
  // It stays so while HAProxy shows what it was told, and its check still fails.
  const held = servers('ok', 'silent').map((one) => ({
    ...one,
    operational: 'up' as const,
    since: now + 100,
  }));
  expect(told(advise(view([], { servers: held, wokeAt, before: woken, at: now + 200 })))).toBe('1 up, 2 up');
  // Then HAProxy's own checks decide again.
  expect(told(advise(view(fallen, { wokeAt, before: woken, at: wokeAt + 3_000 })))).toBe('');
  // One that was down long before stays down.
  const dead = servers('ok', 'silent').map((one) => ({ ...one, since: now - 60_000 }));
  expect(told(advise(view([], { servers: dead, wokeAt })))).toBe('1 up');
  // One that refuses connections is not late, also when it was held up before.
  const refusing = servers('ok', 'silent').map((one, index) =>
    index === 0 ? one : { ...one, check: { result: 'L4CON' } },
  );
  expect(told(advise(view([], { servers: refusing, wokeAt, before: woken })))).toBe('1 up');
  // A deep check is made by ourselves, and is believed.
  const opinions = [opinion(1, 'smart')];
  expect(told(advise(view(['ok', 'ok'], { wokeAt, opinions })))).toBe('1 down, 2 up');
});
