import { Failure } from '../../kernel/failure.ts';
import type { StrayRoute } from '../port.ts';
import { families, setOf, table, withoutTables } from './families.ts';

/** How long the kernel remembers a connection after its last packet, in seconds; longer than any handover lasts. */
const remembered = 3_600;

export interface StrayRules {
  readonly routes: readonly StrayRoute[];
  /** The interface of the virtual addresses: what strays comes in here, and goes on from here. */
  readonly device: string;
  /**
   * A number that no earlier handover had, from 1 to 65535: the kernel's memory of connections from an earlier time
   * with the addresses would take some for ours (measured: 0 to 6 requests hung).
   */
  readonly zone: number;
}

/**
 * Rules for nft that send on what belongs to no connection of this machine. What opens a connection is ours, and a
 * reset would only come back; everything else that the kernel sees for the first time belongs to a connection that the
 * machine which had the address still has. It answers the client itself: it has the address, too, and says so to nobody.
 * @throws Failure `node-unfit` when the other machine has no address of a family on that network
 */
export function strayRules({ routes, device, zone }: StrayRules): string {
  const parts = families.flatMap(({ name, layer, of }) => {
    const own = routes
      .map(({ addresses, owner }) => ({ addresses: addresses.filter(of), owner: nextHop(owner.filter(of)) }))
      .filter(({ addresses }) => addresses.length > 0);
    if (own.length === 0) return [];
    const all = setOf(own.flatMap(({ addresses }) => addresses));
    const strays = own.map(({ addresses, owner }) => {
      if (owner === undefined) throw unreachable(addresses[0] ?? '');
      const stray = 'tcp flags & (syn | rst) == 0 ct state new';
      return `    iifname "${device}" ${layer} daddr ${setOf(addresses)} ${stray} counter dup to ${owner} device "${device}" drop`;
    });
    return [
      `table ${name} ${table} {`,
      '  ct timeout short {',
      '    protocol tcp;',
      `    l3proto ${layer};`,
      `    policy = { established: ${remembered} }`,
      '  }',
      '  chain arriving {',
      '    type filter hook prerouting priority -300; policy accept;',
      `    iifname "${device}" ${layer} daddr ${all} meta l4proto tcp ct zone set ${zone}`,
      '  }',
      '  chain leaving {',
      '    type filter hook output priority -300; policy accept;',
      `    ${layer} saddr ${all} meta l4proto tcp ct zone set ${zone}`,
      '  }',
      '  chain strays {',
      '    type filter hook prerouting priority -150; policy accept;',
      ...strays,
      `    iifname "${device}" ${layer} daddr ${all} tcp flags & syn == syn ct state new ct timeout set "short"`,
      '  }',
      '}',
    ];
  });
  return `${withoutTables}${parts.join('\n')}\n`;
}

/** One that only this link has is there in any case, and nobody's router has to know it. */
function nextHop(addresses: readonly string[]): string | undefined {
  return addresses.find((address) => address.startsWith('fe80:')) ?? addresses[0];
}

function unreachable(address: string): Failure {
  const family = address.includes(':') ? 'IPv6' : 'IPv4';
  return new Failure(
    'node-unfit',
    `connections to ${address} could not be passed on: the other node has no ${family} address on that network`,
    `give its interface an ${family} address`,
  );
}
