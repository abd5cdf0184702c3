import type { Intent } from '../../model/intent.ts';
import type { IntentDraft } from '../../store/intent-book.ts';
import type { SharedIntent, SharedIntents } from '../../store/shared/pair-record.ts';

/** What is to be done so that this node and the others have the same intents. */
export interface IntentMerge {
  /** What all are to have. */
  readonly merged: Record<string, SharedIntent>;
  /** Whether the others do not know all of that. */
  readonly isNews: boolean;
  /** What is to be wished here. */
  readonly add: readonly IntentDraft[];
  /** What is to be ended here, by id. */
  readonly end: readonly number[];
}

/**
 * Brings together what was changed here and what was changed on other nodes since they last had the same. Where both
 * were changed, a wish comes before an end, and of two wishes the newer one: a drain works, also one that was made
 * while nobody could be told.
 * @param base what this node and the others last had in common
 * @param own those in force here
 * @param isLocal those that are nobody else's business
 * @param now milliseconds since 1970
 */
export function mergeIntents(
  base: SharedIntents,
  own: readonly Intent[],
  shared: SharedIntents,
  isLocal: (intent: Intent) => boolean,
  now: number,
): IntentMerge {
  const here = new Map(own.filter((one) => !isLocal(one)).map((one) => [intentKey(one), one]));
  const there = new Map(Object.entries(shared).filter(([, { until }]) => until === undefined || until > now));
  const merged: Record<string, SharedIntent> = {};
  const add: IntentDraft[] = [];
  const end: number[] = [];
  for (const key of new Set([...here.keys(), ...there.keys()])) {
    const [before, mine, theirs] = [base[key], here.get(key), there.get(key)];
    const winner = choose(before, mine, theirs);
    if (winner !== undefined) merged[key] = winner;
    if (isSame(winner, mine)) continue;
    end.push(...own.filter((one) => intentKey(one) === key).map(({ id }) => id));
    if (winner !== undefined) add.push(draftOf(winner));
  }
  const keys = new Set([...Object.keys(merged), ...Object.keys(shared)]);
  const isNews = [...keys].some((key) => !isSame(merged[key], shared[key]));
  return { merged, isNews, add, end };
}

/** What is wished of what: at most one intent of each is in force. */
export function intentKey({ wish, target }: Pick<Intent | SharedIntent, 'wish' | 'target'>): string {
  const about =
    target.kind === 'host' ? ['host', target.host] : ['server', target.server, target.service ?? ''];
  return [wish.kind, ...about].join(' ');
}

type Wished = Omit<Intent, 'id'>;

function choose(
  before: SharedIntent | undefined,
  mine: Wished | undefined,
  theirs: SharedIntent | undefined,
): SharedIntent | undefined {
  if (isSame(mine, theirs)) return theirs;
  const [changedHere, changedThere] = [!isSame(mine, before), !isSame(theirs, before)];
  if (!changedHere) return theirs;
  if (!changedThere) return mine && sharedOf(mine);
  if (mine === undefined || theirs === undefined) return theirs ?? (mine && sharedOf(mine));
  return mine.since > theirs.since ? sharedOf(mine) : theirs;
}

/** Not by the time at which it came into force: each node has its own. */
function isSame(one: Wished | SharedIntent | undefined, other: Wished | SharedIntent | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    intentKey(one) === intentKey(other) &&
    (one.wish.kind === 'weight' ? one.wish.weight : 0) ===
      (other.wish.kind === 'weight' ? other.wish.weight : 0) &&
    one.author === other.author &&
    one.reason === other.reason &&
    one.until === other.until
  );
}

function sharedOf({ wish, target, author, reason, since, until }: Wished): SharedIntent {
  return { wish, target, author, reason, since, ...(until === undefined ? {} : { until }) };
}

function draftOf({ wish, target, author, reason, until }: SharedIntent): IntentDraft {
  return {
    wish,
    target:
      target.kind === 'host'
        ? target
        : {
            kind: 'server',
            server: target.server,
            ...(target.service === undefined ? {} : { service: target.service }),
          },
    author,
    reason,
    ...(until === undefined ? {} : { until }),
  };
}
