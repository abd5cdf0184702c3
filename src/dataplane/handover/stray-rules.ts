import type { OpenConnection } from '../system/open-connections.ts';

/** The table of this machine's packet filter that is ours, in each family. */
export const table = 'aorta_handover';

export const families = [
  { name: 'ip', called: 'IPv4', type: 'ipv4_addr', of: (address: string) => !address.includes(':') },
  { name: 'ip6', called: 'IPv6', type: 'ipv6_addr', of: (address: string) => address.includes(':') },
] as const;
type Family = (typeof families)[number];

/**
 * Marks what was sent on: a codepoint of the pool for local use (RFC 2474, section 6). Who sends on, too, and does not know
 * the connection either, drops it: so nothing goes in circles.
 */
const sentOn = '0x2b';

/** More connections than one machine carries. */
const most = 1_048_576;

/** Where packets to some addresses go that belong to no connection of this machine. All of one family. */
export interface StrayHops {
  readonly addresses: readonly string[];
  /** The machines that may have the connection; each gets a copy. */
  readonly hops: readonly Hop[];
}

export interface Hop {
  readonly address: string;
  /** By which interface; absent: by the one that leads there. A link-local address needs it. */
  readonly device?: string;
}

/**
 * Rules for nft that remember each connection that is opened here from now on, and do nothing else. They come first: what is
 * open when they are there, and what is opened later, is then known without a gap. The kernel's tracker of connections is
 * not asked: it would have to have watched all the time.
 */
export function recordingRules(strays: readonly StrayHops[]): string {
  const parts = byFamily(strays).flatMap(({ family: { name, type }, strays: own }) => [
    `table ${name} ${table} {`,
    '  set own {',
    `    type ${type} . inet_service . ${type} . inet_service; flags dynamic; size ${most};`,
    '  }',
    '  chain strays {',
    '    type filter hook prerouting priority -150; policy accept;',
    ...own.map(
      ({ addresses }) =>
        `    ${to(name, addresses)} tcp flags & (syn | ack) == syn add @own { ${key(name)} } accept`,
    ),
    '  }',
    '}',
  ]);
  return `${withoutTables}${parts.join('\n')}\n`;
}

/**
 * What is added to {@link recordingRules}: what belongs to none of these connections, nor to one that was opened since, is
 * sent on. The machine that has the connection answers the client itself: it has the address, too.
 * @param open connections to these addresses
 */
export function sendingRules(strays: readonly StrayHops[], open: readonly OpenConnection[]): string {
  const lines = byFamily(strays).flatMap(({ family: { name, of }, strays: own }) => {
    const known = open
      .filter(({ local }) => of(local))
      .map(({ remote, remotePort, local, localPort }) => [remote, remotePort, local, localPort].join(' . '));
    return [
      ...(known.length === 0 ? [] : [`add element ${name} ${table} own ${setOf(known)}`]),
      ...own.flatMap(({ addresses, hops }) => {
        const rule = (text: string) => `add rule ${name} ${table} strays ${to(name, addresses)} ${text}`;
        const copies = hops.map(({ address, device }) =>
          device === undefined ? `dup to ${address}` : `dup to ${address} device "${device}"`,
        );
        return [
          rule(`meta l4proto tcp ${key(name)} @own accept`),
          rule(`tcp flags & syn == 0 ${name} dscp ${sentOn} counter drop`),
          rule(`tcp flags & syn == 0 ${name} dscp set ${sentOn} counter ${copies.join(' ')} drop`),
        ];
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}

/** Takes the tables away, whether they are there or not. */
export const withoutTables = families
  .map(({ name }) => `table ${name} ${table}\ndelete table ${name} ${table}\n`)
  .join('');

/** The families in which there is something to send on. */
function byFamily(strays: readonly StrayHops[]) {
  return families
    .map((family) => ({
      family,
      strays: strays.filter(({ addresses }) => addresses.some((address) => family.of(address))),
    }))
    .filter((one) => one.strays.length > 0);
}

function to(family: Family['name'], addresses: readonly string[]): string {
  return `${family} daddr ${setOf(addresses)}`;
}

/** A connection, as a packet of its client names it. */
function key(family: Family['name']): string {
  return `${family} saddr . tcp sport . ${family} daddr . tcp dport`;
}

function setOf(words: readonly string[]): string {
  return `{ ${words.join(', ')} }`;
}
