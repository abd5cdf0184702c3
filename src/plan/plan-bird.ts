import type { BgpSessionIr, BirdIr } from '../ir/bird.ts';
import { birdFields, sessionFields } from './bird-classes.ts';
import { differences, matched } from './differences.ts';
import type { Draft } from './draft.ts';
import type { ByHand } from './field-class.ts';
import { changed, shortened } from './words.ts';

/** What BIRD is told on this node; absent where no addresses are announced. */
export interface AnnouncementChange {
  readonly before?: BirdIr | undefined;
  readonly after?: BirdIr | undefined;
}

const why = 'BIRD reads its file again while it runs';
const untouched = 'no session and no address is touched';
const anew =
  'the session is made anew; until then the router sends this node nothing, and its clients elsewhere';
const allAnew =
  'all sessions of this node are made anew; until then it gets no clients, and those it has go elsewhere';
const listed = 'routers learn of those that come and go; addresses that stay are not withdrawn';

const effects: Readonly<Record<ByHand<typeof birdFields>, string>> = {
  routerId: allAnew,
  localAs: allAnew,
  ipv4: listed,
  ipv6: listed,
  bfdInterval: untouched,
  interface: untouched,
  healthFile: untouched,
  withdrawalFile: untouched,
};

/** BIRD is brought to its file once HAProxy has been; it needs no commands of HAProxy. */
export function planBird(draft: Draft, { before, after }: AnnouncementChange): void {
  if (before === undefined && after === undefined) return;
  const { added, removed, kept } = matched(before?.sessions ?? [], after?.sessions ?? [], ({ name }) => name);
  for (const session of added) {
    draft.step({
      impact: 'runtime',
      path: session.origin,
      what: `this node announces ${addressesOf(after)} to ${shown(session)}`,
      why: before === undefined ? 'BIRD is started' : why,
      effect: 'the router sends it a share of the clients; connections may move between nodes then',
    });
  }
  for (const session of removed) {
    draft.step({
      impact: 'runtime',
      path: session.origin,
      what: `this node no longer announces ${addressesOf(before)} to ${shown(session)}`,
      why: after === undefined ? 'BIRD is ended' : why,
      effect: 'the router sends clients elsewhere; connections to this node break',
    });
  }
  for (const [old, now] of kept) {
    for (const field of differences(sessionFields, old, now).byHand) {
      const felt = sessionFields[field];
      draft.step({
        impact: 'runtime',
        path: now.origin,
        what: changed(`router ${now.name}`, { felt, before: old[field], after: now[field] }),
        why: felt.why,
        effect: anew,
      });
    }
  }
  if (before !== undefined && after !== undefined) planNode(draft, before, after);
}

function planNode(draft: Draft, before: BirdIr, after: BirdIr): void {
  for (const field of differences(birdFields, before, after).byHand) {
    const felt = birdFields[field];
    draft.step({
      impact: 'runtime',
      what: changed('the node', { felt, before: before[field], after: after[field] }),
      why: felt.why,
      effect: effects[field],
    });
  }
}

function addressesOf(ir: BirdIr | undefined): string {
  return shortened([...(ir?.ipv4 ?? []), ...(ir?.ipv6 ?? [])]);
}

/** `the router tor-1 (10.20.0.1)`. */
function shown({ name, router }: BgpSessionIr): string {
  return `the router ${name} (${router})`;
}
