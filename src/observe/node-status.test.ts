import { describe, expect, test } from 'vitest';
import { estate } from '../compile/estate-fixture.ts';
import type { AddressState, VrrpInstance } from '../dataplane/port.ts';
import { type Address, Port } from '../model/address.ts';
import type { ConfiguredHa } from '../model/configuration.ts';
import type { Name } from '../model/name.ts';
import { nodeStatus } from './node-status.ts';

/** Guards that an operator reads which node holds what, and what would keep the other one from taking it. */
const [name, group] = ['lb-a' as Name, 'main' as Name];
const [one, two] = ['10.0.0.10' as Address, 'fd00::11' as Address];
const ha: ConfiguredHa = {
  path: ['ha'],
  nodes: [{ name, path: [], address: '10.0.0.2' as Address, pairAddress: '10.0.0.2' as Address }],
  profile: 'fast',
  peersPort: Port.parse(7444),
  groups: [{ name: group, path: [], addresses: [one, two], virtualRouterId: 51, preferred: name }],
};

function instance(over: Partial<VrrpInstance> = {}, held: readonly string[] = []): VrrpInstance {
  const addresses = [one, two].map((address) => ({ address, held: held.includes(address) }));
  return {
    name: group,
    interface: 'front',
    virtualRouterId: 51,
    state: 'backup',
    since: 7,
    addresses,
    ...over,
  };
}

const well: AddressState = {
  keepalived: { pid: 1, version: '2.2.7' },
  watchdog: { pid: 2 },
  health: { fault: false, since: 1 },
  ownAddresses: ['10.0.0.2', 'fe80::2'],
  instances: [instance()],
  moves: [],
};
const at = 100_000;
const of = (over: Partial<AddressState>) => nodeStatus(name, { ...estate, ha }, { ...well, ...over }, at);

test('a standby, and one that holds the addresses', () => {
  expect(of({})).toEqual({
    name,
    conditions: [],
    reachedAt: ['10.0.0.2', 'fe80::2'],
    nodes: [name],
    groups: [
      {
        name: group,
        state: 'backup',
        since: 7,
        preferred: true,
        prefers: name,
        addresses: [
          { address: one, held: false },
          { address: two, held: false },
        ],
      },
    ],
  });
  const { groups } = of({ instances: [instance({ state: 'master' }, [one])] });
  expect(groups[0]).toMatchObject({ state: 'master', addresses: [{ held: true }, { held: false }] });
});

describe('what keeps it from taking addresses', () => {
  const { keepalived: _, ...withoutKeepalived } = well;
  const { watchdog: __, ...withoutWatchdog } = well;
  const { state: ___, ...mute } = instance();
  test.each<[string, AddressState, string]>([
    ['keepalived is dead', withoutKeepalived, 'keepalived does not run'],
    ['the watchdog is dead', withoutWatchdog, 'The watchdog does not run'],
    ['keepalived is mute', { ...well, instances: [mute] }, 'keepalived does not say'],
    [
      'HAProxy hangs',
      { ...well, health: { fault: true, since: at - 3_000 } },
      'does not serve, so this node takes no address (for 3 s)',
    ],
    [
      'given away',
      { ...well, instances: [instance({ state: 'fault', givesUpSince: at - 5_000 })] },
      'gives main away (for 5 s)',
    ],
    [
      'no link',
      { ...well, instances: [instance({ state: 'fault' })] },
      'cannot hold main: an interface has no link',
    ],
  ])('%s', (_what, state, words) => {
    const { conditions } = nodeStatus(name, { ...estate, ha }, state, at);
    expect(conditions).toHaveLength(1);
    expect(conditions[0]).toContain(words);
  });
});

describe('addresses that all nodes announce', () => {
  const router = { name: 'core' as Name, path: [], address: '10.20.0.1' as Address, as: 65_001 };
  const announcing = {
    ...ha,
    announce: { path: ['ha', 'announce'], localAs: 65_010, routers: [router], bfd: true },
  };
  const seen = (over: Partial<AddressState>, state: string, told: number) =>
    nodeStatus(
      name,
      { ...estate, ha: announcing },
      {
        ownAddresses: [],
        instances: [],
        moves: [],
        bird: { pid: 1, version: '2.0.12' },
        watchdog: { pid: 2 },
        announcement: {
          addresses: ['10.20.0.10', '2001:db8::10'],
          routers: [{ address: '10.20.0.1', as: 65_001, state, told }],
        },
        ...over,
      },
      at,
    );

  test('are announced when each router was told of all of its family', () => {
    const { conditions, groups, announcement } = seen({}, 'established', 1);
    expect([conditions, groups, announcement?.state]).toEqual([[], [], 'announced']);
    expect(announcement?.routers).toEqual([
      { name: 'core', address: '10.20.0.1', as: 65_001, session: 'established', told: 1, of: 1 },
    ]);
  });

  test('of past moves nothing is said: nothing moves any more', () => {
    const moves = [{ group, kind: 'came', at: 7 }] as const;
    expect(of({ moves }).moves).toEqual(moves);
    expect(seen({ moves }, 'established', 1)).not.toHaveProperty('moves');
  });

  test('reach nobody without a session, without BIRD, or when HAProxy does not serve', () => {
    expect(seen({}, 'active', 0)).toMatchObject({
      conditions: ['There is no session with the router core (10.20.0.1): it is active.'],
      announcement: { state: 'silent' },
    });
    expect(seen({ health: { fault: true, since: at - 5_000 } }, 'established', 0).conditions).toEqual([
      'The router core is told of 0 of 1 addresses.',
      'HAProxy does not serve, so this node announces no address (for 5 s).',
    ]);
    const { conditions } = seen({}, 'established', 1);
    expect(conditions).toEqual([]);
  });

  test('are withdrawn by somebody, which is no fault', () => {
    const withdrawal = { author: 'kim', reason: 'patches', since: at };
    const announcement = {
      addresses: ['10.20.0.10'],
      withdrawal,
      routers: [{ address: '10.20.0.1', as: 65_001, state: 'established', told: 0 }],
    };
    expect(seen({ announcement }, 'established', 0)).toMatchObject({
      conditions: [],
      announcement: { state: 'withdrawn', withdrawal },
    });
  });
});
