import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../kernel/failure.ts';
import type { Address } from '../../model/address.ts';
import type { Name } from '../../model/name.ts';
import type { AnnouncementStatus, GroupStatus, Status } from '../../model/status.ts';
import { skewOf } from './clock-skew.ts';
import type { SeenNode } from './look.ts';
import { pairTable } from './pair-table.ts';
import { isGrave, pairView } from './pair-view.ts';

interface Over {
  readonly declaration?: string;
  readonly fingerprint?: string;
  readonly aorta?: string;
  readonly haproxy?: string;
  readonly revision?: number;
  readonly skew?: number;
  /** The virtual addresses that it holds of 10.0.0.10 and 10.0.0.11; absent: it is no node of a pair. */
  readonly holds?: readonly string[];
  readonly conditions?: readonly string[];
  readonly tickets?: string;
  readonly paired?: boolean;
  readonly apart?: readonly string[];
}

function answered(name: string, over: Over = {}): SeenNode {
  const { declaration = 'd1', fingerprint = 'f1', aorta = '0.1.0', haproxy = '3.0.11' } = over;
  const status: Status = {
    at: 0,
    site: 'St. Elsewhere',
    controller: { version: aorta, contract: 2 },
    declaration: { revision: over.revision ?? 7, digest: declaration.padEnd(64, '0') },
    process: { pid: 1, version: haproxy, uptime: 1, drift: false, leavingWorkers: 0 },
    services: [],
    dependencies: [],
    certificates: [{ name: 'live' as Name, covers: [], fingerprint, notAfter: 0, daysLeft: 1 }],
    drift: [],
    ...(over.holds === undefined ? {} : { node: nodeHolding(name, over.holds, over.conditions ?? []) }),
    tickets: { fingerprint: over.tickets ?? 't1', ofPair: over.paired ?? true, age: 3 * 3_600_000 },
    peers: [
      { node: 'lb-z' as Name, connected: true },
      ...(over.apart ?? []).map((node) => ({ node: node as Name, connected: false })),
    ],
  };
  return { kind: 'answered', name, status, skew: over.skew ?? 0 };
}

function nodeHolding(
  name: string,
  held: readonly string[],
  conditions: readonly string[],
): NonNullable<Status['node']> {
  const addresses = ['10.0.0.10', '10.0.0.11'].map((address) => ({
    address: address as Address,
    held: held.includes(address),
  }));
  const state = held.length > 0 ? 'master' : 'backup';
  const group = { name: 'main' as Name, state, preferred: false, addresses } as const;
  return { name: name as Name, conditions, reachedAt: [], nodes: [name as Name], groups: [group] };
}

const silent = (name: string, message: string): SeenNode => ({
  kind: 'silent',
  name,
  failure: new Failure('node-unreachable', message, 'mend it'),
});

const sentences = (...seen: readonly SeenNode[]) => pairView(seen).findings.map(({ what }) => what);

describe('what is said', () => {
  test('nothing when they are alike; each has revision numbers of its own', () => {
    expect(sentences(answered('lb-a'), answered('lb-b', { revision: 12, skew: 500 }))).toEqual([]);
  });

  test.each<[Over, string, boolean]>([
    [{ declaration: 'd2' }, 'lb-a and lb-b serve different declarations', true],
    [{ fingerprint: 'f2' }, 'lb-a and lb-b serve different certificates', true],
    [{ aorta: '0.2.0' }, 'lb-a and lb-b run different versions of Aorta', false],
    [{ haproxy: '2.6.12' }, 'lb-a and lb-b run different versions of HAProxy', false],
    [{ tickets: 't2' }, 'lb-a and lb-b have different keys of TLS tickets', false],
    [{ apart: ['lb-a'] }, 'lb-b does not share its tables of clients with lb-a', false],
    [{ apart: ['lb-a', 'lb-c'] }, 'lb-b does not share its tables of clients with lb-a and lb-c', false],
    [{ skew: 2_140 }, 'the clock of lb-b is 2.1 s ahead of the one here', false],
    [{ skew: -600 }, 'the clock of lb-b is 0.6 s behind of the one here', false],
  ])('%j', (over, what, grave) => {
    const { findings } = pairView([answered('lb-a'), answered('lb-b', over)]);
    expect(findings.map((one) => one.what)).toEqual([what]);
    expect(findings.map(isGrave)).toEqual([grave]);
  });

  test('machines that are no pair have ticket keys of their own', () => {
    const alone = { paired: false };
    expect(sentences(answered('lb-a', alone), answered('lb-b', { ...alone, tickets: 't2' }))).toEqual([]);
  });

  test('a node that says nothing is told, and is no difference', () => {
    expect(sentences(answered('lb-a'), silent('lb-b', 'lb-b (10.0.0.2:7443) does not answer'))).toEqual([
      'lb-b (10.0.0.2:7443) does not answer',
    ]);
    expect(sentences(silent('lb-b', 'nothing is in service'))).toEqual(['lb-b: nothing is in service']);
  });

  const both = ['10.0.0.10', '10.0.0.11'];
  test.each<[Over, Over, string[]]>([
    [{ holds: both }, { holds: [] }, []],
    [
      { holds: both },
      { holds: ['10.0.0.11'] },
      [
        'lb-a and lb-b hold 10.0.0.11 at the same time: they do not hear each other, and clients reach one or the other',
      ],
    ],
    [{ holds: [] }, { holds: [] }, ['no node holds 10.0.0.10', 'no node holds 10.0.0.11']],
    [
      { holds: both },
      { holds: [], conditions: ['keepalived does not run: nobody moves the addresses.'] },
      ['lb-b: keepalived does not run: nobody moves the addresses'],
    ],
  ])('who holds what: %j and %j', (one, other, expected) => {
    const { findings } = pairView([answered('lb-a', one), answered('lb-b', other)]);
    expect(findings.map(({ what }) => what)).toEqual(expected);
    expect(findings.every(isGrave)).toBe(true);
  });

  test('whether a silent node holds an address is not known', () => {
    expect(sentences(answered('lb-a', { holds: [] }), silent('lb-b', 'lb-b is gone'))).toEqual([
      'lb-b is gone',
    ]);
  });

  /** A node with one group, as it says itself. @param group what is different */
  const withGroup = (name: string, held: readonly string[], group: Partial<GroupStatus> = {}): SeenNode => {
    const seen = answered(name, { holds: held });
    if (seen.kind === 'silent' || seen.status.node === undefined) return seen;
    const { node } = seen.status;
    const groups = node.groups.map((one) => ({ ...one, ...group }));
    const nodes = ['lb-a', 'lb-b', 'lb-c'] as Name[];
    return { ...seen, status: { ...seen.status, at: 10_800_000, node: { ...node, nodes, groups } } };
  };

  test('a group that nobody else could take; not, when a node was not asked', () => {
    const alone = [withGroup('lb-a', both), withGroup('lb-b', [], { state: 'fault' })];
    const third = withGroup('lb-c', [], { state: 'unknown' });
    expect(sentences(...alone, third)).toEqual(['no other node could take main from lb-a']);
    expect(pairView([...alone, third]).findings.every(isGrave)).toBe(true);
    expect(sentences(...alone)).toEqual([]);
    expect(sentences(...alone, withGroup('lb-c', []))).toEqual([]);
  });

  test('a group that is kept away from the node that it prefers', () => {
    const away = { since: 0, author: 'anna', reason: 'new kernel' };
    const seen = [withGroup('lb-a', [], { preferred: true, away }), withGroup('lb-b', both)];
    const { findings } = pairView(seen);
    expect(findings).toEqual([
      {
        kind: 'away',
        what: 'lb-a leaves main to the others, for 3h (anna: new kernel); `aorta failover --home` brings it back',
      },
    ]);
    expect(findings.some(isGrave)).toBe(false);
    const text = pairTable(pairView(seen), picocolors.createColors(false), 0);
    expect(text).toContain('leaves main to the others');
  });

  test('an address that no node announces, once all have answered', () => {
    const announcing = (name: string, state: AnnouncementStatus['state']): SeenNode => {
      const addresses = ['10.0.0.10' as Address];
      const node = { ...nodeHolding(name, [], []), groups: [] };
      const seen = answered(name);
      if (seen.kind === 'silent') return seen;
      const announcement = { addresses, state, routers: [] };
      return { ...seen, status: { ...seen.status, node: { ...node, announcement } } };
    };
    const [gone, out, partly] = [
      announcing('lb-a', 'silent'),
      announcing('lb-b', 'withdrawn'),
      announcing('lb-b', 'partly'),
    ];
    expect(sentences(gone, out)).toEqual(['no node announces 10.0.0.10']);
    expect(sentences(gone, partly)).toEqual([]);
    expect(sentences(gone, silent('lb-b', 'lb-b does not answer'))).toEqual(['lb-b does not answer']);
  });

  test('of three, who agrees with whom', () => {
    const three = [answered('lb-a'), answered('lb-b', { declaration: 'd2' }), answered('lb-c')];
    expect(sentences(...three)).toEqual([
      'lb-a, lb-b and lb-c serve different declarations: lb-a and lb-c / lb-b',
    ]);
  });

  test('the order of certificates is no difference', () => {
    const certificate = (name: string) => ({
      name: name as Name,
      covers: [],
      fingerprint: name,
      notAfter: 0,
      daysLeft: 1,
    });
    const withCertificates = (node: string, names: readonly string[]) => {
      const seen = answered(node);
      if (seen.kind === 'silent') return seen;
      return { ...seen, status: { ...seen.status, certificates: names.map(certificate) } };
    };
    expect(sentences(withCertificates('lb-a', ['x', 'y']), withCertificates('lb-b', ['y', 'x']))).toEqual([]);
  });
});

describe('the table', () => {
  const seen = [
    answered('lb-a', { holds: ['10.0.0.10', '10.0.0.11'] }),
    answered('lb-b', { declaration: 'd2', skew: 2_140, holds: [] }),
    silent('lb-c', 'gone'),
  ];

  test('for people, without colour', () => {
    const text = pairTable(pairView(seen), picocolors.createColors(false), 0);
    const rows = text.split('\n').filter((line) => line.includes('lb-') && line.includes('│'));
    const cells = rows.map((row) => row.split('│').map((cell) => cell.trim()));
    expect(cells).toEqual([
      [
        ...['', 'lb-a', 'holds main', '0.1.0', '3.0.11', '7', 'd10000000000'],
        ...[expect.stringMatching(/^[0-9a-f]{12}$/), '3h', '', ''],
      ],
      [
        ...['', 'lb-b', 'stands by for main', '0.1.0', '3.0.11', '7', 'd20000000000'],
        ...[expect.any(String), '3h', '2.1 s ahead', ''],
      ],
      ['', 'lb-c', 'no status, see below', ''],
    ]);
    expect(text.endsWith('the clock of lb-b is 2.1 s ahead of the one here\n')).toBe(true);
    expect(text).toContain('lb-c: gone\nlb-a and lb-b serve different declarations\n');
  });

  test('what differs is red, what does not is not', () => {
    const colors = picocolors.createColors(true);
    const text = pairTable(pairView(seen), colors, 0);
    expect(text).toContain(colors.red('d10000000000'));
    expect(text).toContain(colors.red('d20000000000'));
    expect(text).toContain(colors.red('2.1 s ahead'));
    expect(text).toContain(colors.red('lb-a and lb-b serve different declarations'));
    expect(text).not.toContain(colors.red('3.0.11'));
  });
});

test.each([
  [1_000, 900, 1_100, 0],
  [900, 900, 1_100, 0],
  [3_240, 900, 1_100, 2_140],
  [300, 900, 1_100, -600],
  // A slow answer is no wrong clock.
  [1_000, 900, 9_000, 0],
])('a clock that showed %d between %d and %d is %d ahead', (at, asked, answeredAt, skew) => {
  expect(skewOf(at, asked, answeredAt)).toBe(skew);
});
