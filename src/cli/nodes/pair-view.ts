import { sha256 } from '../../kernel/digest.ts';
import { byCodeUnits } from '../../kernel/order.ts';
import type { Address } from '../../model/address.ts';
import type { AnnouncementStatus, CertificateStatus, GroupStatus, Status } from '../../model/status.ts';
import { type LastMove, lastMoves } from './last-move.ts';
import type { SeenNode } from './look.ts';
import { awayWords, listOf } from './node-words.ts';

/** What is the same on all nodes of a pair, or should be. */
export type Aspect = 'declaration' | 'certificates' | 'aorta' | 'haproxy' | 'tickets';

/** A node as a line of the table. What a node does not say is absent. */
export interface PairRow {
  readonly node: string;
  /** Why it says nothing, as a clause; absent when it answered. */
  readonly silent?: string;
  /** What it has of each aspect. */
  readonly has: Readonly<Partial<Record<Aspect, string>>>;
  /** A number of this node's own history. */
  readonly revision?: number;
  /** See {@link SeenNode}. */
  readonly skew?: number;
  /** What it holds; absent when it is no node of a pair with addresses that move. */
  readonly groups?: readonly GroupStatus[];
  /** All nodes of its pair. */
  readonly pair?: readonly string[];
  /** By its own clock, in milliseconds since 1970. */
  readonly at?: number;
  /** What it announces; absent when addresses move. */
  readonly announcement?: AnnouncementStatus;
  /** The age of its newest key of TLS tickets, in milliseconds. */
  readonly ticketAge?: number;
  /** Nodes that what it learns of clients does not come to. */
  readonly apart?: readonly string[];
}

/** Something that is not as it should be, in a sentence without a full stop. */
export interface PairFinding {
  readonly kind: Aspect | 'silent' | 'clock' | 'holders' | 'alone' | 'away' | 'node' | 'peers';
  readonly what: string;
}

export interface PairView {
  readonly rows: readonly PairRow[];
  /** See {@link lastMoves}. */
  readonly moves: readonly LastMove[];
  readonly findings: readonly PairFinding[];
}

/** Less than this is not worth a word, in milliseconds. */
const tolerated = 500;

/** Puts what several nodes say side by side. Pure. */
export function pairView(seen: readonly SeenNode[]): PairView {
  const rows = seen.map(rowOf);
  return {
    rows,
    moves: lastMoves(seen),
    findings: [
      ...rows.flatMap(({ node, silent }): PairFinding[] =>
        silent === undefined ? [] : [{ kind: 'silent', what: withName(node, silent) }],
      ),
      ...aspects.flatMap((aspect) => difference(aspect, rows)),
      ...holderFindings(rows),
      ...aloneFindings(rows),
      ...rows.flatMap(awayFindings),
      ...announcerFindings(rows),
      ...seen.flatMap(conditionFindings),
      ...rows.flatMap(peersFinding),
      ...rows.flatMap(clockFinding),
    ],
  };
}

/** Whether a finding is about what clients get, or would get if a node failed. */
export function isGrave({ kind }: PairFinding): boolean {
  switch (kind) {
    case 'silent':
    case 'declaration':
    case 'certificates':
    case 'holders':
    case 'alone':
    case 'node':
      return true;
    case 'aorta':
    case 'haproxy':
    case 'clock':
    case 'away':
    case 'tickets':
    case 'peers':
      return false;
  }
}

/** Whether a clock is far enough from ours to be shown. */
export function isOff(skew: number | undefined): skew is number {
  return skew !== undefined && Math.abs(skew) > tolerated;
}

/** `2.1 s ahead`. */
export function skewWords(skew: number): string {
  return `${(Math.abs(skew) / 1000).toFixed(1)} s ${skew > 0 ? 'ahead' : 'behind'}`;
}

function withName(node: string, what: string): string {
  return what.startsWith(node) ? what : `${node}: ${what}`;
}

function rowOf(seen: SeenNode): PairRow {
  const { name: node } = seen;
  if (seen.kind === 'silent') return { node, silent: seen.failure.message, has: {} };
  const { status, skew } = seen;
  return {
    node,
    has: {
      declaration: status.declaration.digest,
      certificates: certificatesDigest(status.certificates),
      aorta: status.controller.version,
      ...(status.process === undefined ? {} : { haproxy: status.process.version }),
      ...(status.tickets?.ofPair === true ? { tickets: status.tickets.fingerprint } : {}),
    },
    revision: status.declaration.revision,
    skew,
    ...(status.node === undefined ? {} : { groups: status.node.groups, pair: status.node.nodes }),
    at: status.at,
    ...(status.node?.announcement === undefined ? {} : { announcement: status.node.announcement }),
    ...(status.tickets === undefined ? {} : { ticketAge: status.tickets.age }),
    apart: status.peers?.filter(({ connected }) => !connected).map((peer) => peer.node) ?? [],
  };
}

/** An address that several nodes hold, or none. Only when all have answered it is known that nobody holds it. */
function holderFindings(rows: readonly PairRow[]): PairFinding[] {
  const all = rows.every(({ silent }) => silent === undefined);
  const addresses = new Set(rows.flatMap(({ groups = [] }) => groups.flatMap(addressesOf)));
  return [...addresses].flatMap((address): PairFinding[] => {
    const holders = rows.filter(({ groups = [] }) => groups.some((group) => holds(group, address)));
    const names = holders.map(({ node }) => node);
    if (names.length > 1) {
      const why = 'they do not hear each other, and clients reach one or the other';
      return [{ kind: 'holders', what: `${listOf(names)} hold ${address} at the same time: ${why}` }];
    }
    return names.length === 1 || !all ? [] : [{ kind: 'holders', what: `no node holds ${address}` }];
  });
}

/** A group that nobody would take over. Only when all nodes of the pair have answered that is known. */
function aloneFindings(rows: readonly PairRow[]): PairFinding[] {
  const names = new Set(rows.flatMap(({ groups = [] }) => groups.map(({ name }) => name)));
  const nodes = new Set(rows.flatMap(({ pair = [] }) => pair));
  if (rows.length < nodes.size || rows.some(({ silent }) => silent !== undefined)) return [];
  return [...names].flatMap((name): PairFinding[] => {
    const of = ({ groups = [] }: PairRow) => groups.find((group) => group.name === name);
    const [holder] = rows.filter((row) => of(row)?.state === 'master');
    const others = rows.filter((row) => row !== holder).map((row) => of(row)?.state);
    if (holder === undefined || others.includes('backup') || others.includes('master')) return [];
    return [{ kind: 'alone', what: `no other node could take ${name} from ${holder.node}` }];
  });
}

/** What was moved away from the node that it prefers, so that nobody forgets it there. */
function awayFindings({ node, groups = [], at = 0 }: PairRow): PairFinding[] {
  return groups.flatMap(({ name, away }): PairFinding[] => {
    if (away === undefined) return [];
    const what = `${node} leaves ${name} to the others, ${awayWords(away, at)}`;
    return [{ kind: 'away', what: `${what}; \`aorta failover --home\` brings it back` }];
  });
}

/** An address that no node announces. Only when all have answered is that known. */
function announcerFindings(rows: readonly PairRow[]): PairFinding[] {
  const announcing = rows.flatMap(({ announcement }) => announcement ?? []);
  if (announcing.length === 0 || rows.some(({ silent }) => silent !== undefined)) return [];
  if (announcing.some(({ state }) => state === 'announced' || state === 'partly')) return [];
  const addresses = new Set(announcing.flatMap((one) => one.addresses));
  return [{ kind: 'holders', what: `no node announces ${listOf([...addresses])}` }];
}

function addressesOf({ addresses }: GroupStatus): Address[] {
  return addresses.map(({ address }) => address);
}

function holds({ addresses }: GroupStatus, wanted: Address): boolean {
  return addresses.some(({ address, held }) => held && address === wanted);
}

/** What a node says of itself, without the full stop of its sentences. */
function conditionFindings(seen: SeenNode): PairFinding[] {
  if (seen.kind === 'silent') return [];
  return (seen.status.node?.conditions ?? []).map((condition) => ({
    kind: 'node',
    what: `${seen.name}: ${condition.replace(/\.$/, '')}`,
  }));
}

/** One value for all certificates in service: equal on two nodes, equal certificates. */
export function certificatesDigest(certificates: Status['certificates']): string {
  const key = ({ name, fingerprint }: CertificateStatus) => `${name} ${fingerprint}`;
  return sha256(JSON.stringify(certificates.map(key).sort(byCodeUnits)));
}

const aspects: readonly Aspect[] = ['declaration', 'certificates', 'aorta', 'haproxy', 'tickets'];

function difference(aspect: Aspect, rows: readonly PairRow[]): PairFinding[] {
  const groups = Map.groupBy(
    rows.filter(({ has }) => has[aspect] !== undefined),
    ({ has }) => has[aspect],
  );
  if (groups.size < 2) return [];
  const sides = [...groups.values()].map((group) => listOf(group.map(({ node }) => node)));
  const all = rows.filter(({ has }) => has[aspect] !== undefined).map(({ node }) => node);
  // With three it matters who agrees with whom.
  const who = all.length === 2 ? '' : `: ${sides.join(' / ')}`;
  return [{ kind: aspect, what: `${listOf(all)} ${differing(aspect)}${who}` }];
}

function differing(aspect: Aspect): string {
  switch (aspect) {
    case 'declaration':
      return 'serve different declarations';
    case 'certificates':
      return 'serve different certificates';
    case 'aorta':
      return 'run different versions of Aorta';
    case 'haproxy':
      return 'run different versions of HAProxy';
    case 'tickets':
      return 'have different keys of TLS tickets';
  }
}

function peersFinding({ node, apart = [] }: PairRow): PairFinding[] {
  if (apart.length === 0) return [];
  return [{ kind: 'peers', what: `${node} does not share its tables of clients with ${listOf(apart)}` }];
}

function clockFinding({ node, skew }: PairRow): PairFinding[] {
  if (!isOff(skew)) return [];
  return [{ kind: 'clock', what: `the clock of ${node} is ${skewWords(skew)} of the one here` }];
}
