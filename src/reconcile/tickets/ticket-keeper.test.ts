import { describe, expect, test } from 'vitest';
import { Failure } from '../../kernel/failure.ts';
import type { Name } from '../../model/name.ts';
import type { TicketRing } from '../../model/ticket-ring.ts';
import { rotationInterval } from './rotation.ts';
import { TicketKeeper, type TicketPort } from './ticket-keeper.ts';

// Guards: the keys of a pair become the same on all nodes, one node makes new ones, and another does when that one is gone.

const names = ['lb-a', 'lb-b'] as Name[];

/** Nodes whose controllers reach each other unless they are gone. */
class Pair {
  uptime = 0;
  /** Their clocks need not agree. */
  readonly clocks = new Map<Name, number>();
  readonly gone = new Set<Name>();
  readonly notes: string[] = [];
  /** What HAProxy of each was given. */
  readonly held = new Map<Name, TicketRing>();
  readonly keepers = new Map<Name, TicketKeeper>();
  trouble: Failure | undefined;
  #random = 0;

  async start(own: Name, kept?: TicketRing): Promise<TicketKeeper> {
    const port: TicketPort = {
      tickets: async () => kept,
      bringTickets: async (ring) => {
        if (this.trouble !== undefined) throw this.trouble;
        this.held.set(own, ring);
      },
    };
    const keeper = new TicketKeeper({
      port,
      clock: { now: () => (this.clocks.get(own) ?? 0) + this.uptime },
      timer: { after: (milliseconds, ring) => this.#after(milliseconds, ring) },
      uptime: () => this.uptime,
      random: (bytes, encoding) => {
        this.#random += 1;
        return Buffer.alloc(bytes, this.#random).toString(encoding);
      },
      nodes: () => names,
      own,
      ask: async (node) => (this.gone.has(node) ? undefined : this.keepers.get(node)?.ring),
      onNote: (note) => this.notes.push(note),
    });
    await keeper.prepare();
    this.keepers.set(own, keeper);
    return keeper;
  }

  /** Time passes, a round at a time. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.uptime + milliseconds;
    while (this.uptime < end) {
      this.uptime = Math.min(this.uptime + 60_000, end);
      for (const [name, keeper] of this.keepers) if (!this.gone.has(name)) await keeper.round();
    }
  }

  fingerprints(): (string | undefined)[] {
    return names.map((name) => this.keepers.get(name)?.status()?.fingerprint);
  }

  serials(name: Name): number[] | undefined {
    return this.held.get(name)?.map(({ serial }) => serial);
  }

  rings: (() => void)[] = [];

  #after(_: number, ring: () => void): () => void {
    this.rings.push(ring);
    return () => {
      this.rings = this.rings.filter((one) => one !== ring);
    };
  }
}

const [lbA, lbB] = names as [Name, Name];

describe('two nodes', () => {
  test('have the same keys after one round, whoever was first, and HAProxy has them', async () => {
    const pair = new Pair();
    await pair.start(lbA);
    await pair.start(lbB);
    expect(new Set(pair.fingerprints()).size).toBe(2);
    await pair.pass(1);
    const [one, other] = pair.fingerprints();
    expect(one).toBe(other);
    expect(pair.held.get(lbA)).toEqual(pair.held.get(lbB));
  });

  test('one of them makes the next key, the other takes it', async () => {
    const pair = new Pair();
    await pair.start(lbA);
    await pair.start(lbB);
    await pair.pass(2 * rotationInterval + 60_000);
    expect(pair.serials(lbA)).toEqual([0, 1, 2]);
    expect(pair.held.get(lbB)).toEqual(pair.held.get(lbA));
  });

  test('when the first is gone, the other goes on; when it comes back, it takes what there is', async () => {
    const pair = new Pair();
    await pair.start(lbA);
    await pair.start(lbB);
    await pair.pass(60_000);
    pair.gone.add(lbA);
    // Each key is seen a round after it was made.
    await pair.pass(5 * (rotationInterval + 600_000) + 600_000);
    expect(pair.serials(lbB)).toEqual([3, 4, 5]);
    pair.gone.clear();
    // As after a restart, with its keys of days ago.
    await pair.start(lbA, pair.keepers.get(lbA)?.ring);
    await pair.pass(60_000);
    expect(pair.serials(lbA)).toEqual([3, 4, 5]);
    expect(pair.held.get(lbB)).toEqual(pair.held.get(lbA));
  });

  test('with clocks a year apart have the same keys, and a new one every twelve hours', async () => {
    const pair = new Pair();
    pair.clocks.set(lbB, 365 * 24 * 3_600_000);
    await pair.start(lbB);
    await pair.start(lbA);
    await pair.pass(3 * rotationInterval + 60_000);
    expect(pair.serials(lbA)).toEqual([1, 2, 3]);
    expect(pair.held.get(lbB)).toEqual(pair.held.get(lbA));
  });
});

test('a restart of the controller keeps the keys that HAProxy has', async () => {
  const pair = new Pair();
  const first = await pair.start(lbA);
  const kept = first.ring;
  const second = await pair.start(lbA, kept);
  expect(second.ring).toEqual(kept);
  expect(pair.held.get(lbA)).toEqual(kept);
});

test('before it is prepared there is nothing to tell, and a round does nothing', async () => {
  const pair = new Pair();
  const refuse = () => Promise.reject(new Error('touched'));
  const port: TicketPort = { tickets: refuse, bringTickets: refuse };
  const keeper = new TicketKeeper({
    port,
    clock: { now: () => 0 },
    timer: { after: () => () => undefined },
    uptime: () => 0,
    random: () => '',
    nodes: () => [],
    onNote: (note) => pair.notes.push(note),
  });
  await keeper.round();
  expect([keeper.ring, keeper.status()]).toEqual([undefined, undefined]);
});

test('what keeps it from its work is said once, and it goes on; it ends at once', async () => {
  const pair = new Pair();
  const keeper = await pair.start(lbA);
  pair.trouble = new Failure('state-unusable', 'no memory is left', 'free some');
  keeper.begin();
  await expect.poll(() => pair.rings.length).toBe(1);
  pair.rings.shift()?.();
  await expect.poll(() => pair.rings.length).toBe(1);
  expect(pair.notes).toEqual(['no memory is left; free some']);
  await keeper.end();
  expect(pair.rings).toEqual([]);
});

test('the status says how old the newest key is, and nothing by which a key could be found', async () => {
  const pair = new Pair();
  const keeper = await pair.start(lbA);
  await pair.pass(60_000);
  expect(keeper.status()).toEqual({
    age: 60_000,
    ofPair: true,
    fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
});
