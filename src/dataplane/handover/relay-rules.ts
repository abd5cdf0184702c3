import type { OpenConnection } from '../system/open-connections.ts';
import { type Family, families, setOf, table, withoutTables } from './families.ts';

/**
 * Marks what another node has sent on: a codepoint of the pool for local use (RFC 2474, section 6). Who does not know the
 * connection either drops it, so that nothing goes in circles, and nobody answers with a reset.
 */
const relayed = '0x2b';

/** More connections than one node carries. */
const most = 1_048_576;

export interface RelayRules {
  /** Canonical; every node has them. */
  readonly addresses: readonly string[];
  /** Addresses of the other nodes. */
  readonly siblings: readonly string[];
}

/**
 * Rules for nft that remember each connection that is opened here from now on, and do nothing else. They come first: what is
 * open when they are there, and what is opened later, is then known without a gap. The kernel's tracker of connections is
 * not asked: it would have to have watched all the time.
 */
export function recordingRules({ addresses, siblings }: RelayRules): string {
  const parts = relayable({ addresses, siblings }).flatMap(({ family: { name, layer, type }, own }) => [
    `table ${name} ${table} {`,
    '  set own {',
    `    type ${type} . inet_service . ${type} . inet_service; flags dynamic; size ${most};`,
    '  }',
    '  chain strays {',
    '    type filter hook prerouting priority -150; policy accept;',
    `    ${layer} daddr ${setOf(own)} tcp flags & (syn | ack) == syn add @own { ${key(layer)} } accept`,
    '  }',
    '}',
  ]);
  return `${withoutTables}${parts.join('\n')}\n`;
}

/**
 * What is added to {@link recordingRules}: what belongs to none of these connections, nor to one that was opened since, is sent
 * to all the others at once. The one that has the connection answers the client itself.
 * @param open connections to these addresses
 */
export function relayRules({ addresses, siblings }: RelayRules, open: readonly OpenConnection[]): string {
  return relayable({ addresses, siblings })
    .flatMap(({ family: { name, layer, of }, own, others }) => {
      const known = open
        .filter(({ local }) => of(local))
        .map(({ remote, remotePort, local, localPort }) =>
          [remote, remotePort, local, localPort].join(' . '),
        );
      const rule = (text: string) => `add rule ${name} ${table} strays ${layer} daddr ${setOf(own)} ${text}`;
      // A reset would only come back.
      const stray = 'tcp flags & (syn | rst) == 0';
      const copies = others.map((other) => `dup to ${other}`).join(' ');
      return [
        ...(known.length === 0 ? [] : [`add element ${name} ${table} own ${setOf(known)}`]),
        rule(`meta l4proto tcp ${key(layer)} @own accept`),
        rule(`${stray} ${layer} dscp ${relayed} counter drop`),
        rule(`${stray} ${layer} dscp set ${relayed} counter ${copies} drop`),
      ];
    })
    .join('\n')
    .concat('\n');
}

/** A connection, as a packet of its client names it. */
function key(layer: Family['layer']): string {
  return `${layer} saddr . tcp sport . ${layer} daddr . tcp dport`;
}

/** The families in which there is something to relay, and somebody to whom. */
function relayable({ addresses, siblings }: RelayRules) {
  return families
    .map((family) => ({ family, own: addresses.filter(family.of), others: siblings.filter(family.of) }))
    .filter(({ own, others }) => own.length > 0 && others.length > 0);
}
