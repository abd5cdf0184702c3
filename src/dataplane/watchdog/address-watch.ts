import type { AddressMove, MoveCause } from '../../model/address-move.ts';
import type { Name } from '../../model/name.ts';
import type { MoveNote } from '../moves/move-note.ts';
import type { WatchedGroup } from '../moves/watched-groups.ts';

/** What one look found. @property at in milliseconds since 1970 */
export interface Look {
  readonly at: number;
  readonly groups: readonly WatchedGroup[];
  /** The addresses on an interface; absent: it has no link, or is not there. */
  readonly addressesOn: (device: string) => ReadonlySet<string> | undefined;
}

/** What may have been the reason, at the next look. */
export interface Circumstances {
  /** What was last announced. */
  readonly note?: MoveNote | undefined;
  /** HAProxy is unfit. */
  readonly fault?: Extract<MoveCause, { kind: 'unfit' }> | undefined;
}

/** A move that was seen, until a second look knows why. */
interface Seen extends AddressMove {
  readonly link?: string;
}

/** From the announcement to the move, in milliseconds: another node may take some time to hear of it. */
const announcedWithin = 15_000;

/** Tells from looks at the interfaces when addresses came and left. Pure. */
export class AddressWatch {
  /** By group. @property at of the last look; absent: it was before this watchdog */
  readonly #held = new Map<string, { readonly held: boolean; readonly at?: number }>();
  #seen: readonly Seen[] = [];

  /** @param recorded the oldest first: what is otherwise now happened while nobody looked */
  constructor(recorded: readonly AddressMove[]) {
    for (const { group, kind } of recorded) this.#held.set(group, { held: kind === 'came' });
  }

  look({ at, groups, addressesOn }: Look): void {
    for (const { name, interface: device, anchor } of groups) {
      const found = addressesOn(device);
      const held = found?.has(anchor) ?? false;
      const before = this.#held.get(name);
      this.#held.set(name, { held, at });
      // One that was never held has not left.
      if (held === (before?.held ?? false)) continue;
      const move: Seen = {
        group: name as Name,
        kind: held ? 'came' : 'left',
        at,
        ...(before?.at === undefined ? {} : { before: before.at }),
        ...(found === undefined ? { link: device } : {}),
      };
      this.#seen = [...this.#seen, move];
    }
  }

  /** Whether a move waits to be told with its cause. */
  get waits(): boolean {
    return this.#seen.length > 0;
  }

  /**
   * What was seen, with its cause: to be asked a little later, when whoever brought it about has been seen, too.
   * @param until only what was seen before that
   */
  tell(circumstances: Circumstances, until: number): readonly AddressMove[] {
    const told = this.#seen.filter(({ at }) => at < until);
    this.#seen = this.#seen.filter(({ at }) => at >= until);
    return told.map(({ link, ...move }) => {
      const cause = move.before === undefined ? undefined : causeOf(move, link, circumstances);
      return cause === undefined ? move : { ...move, cause };
    });
  }
}

function causeOf(
  { kind, group, at }: AddressMove,
  link: string | undefined,
  { note, fault }: Circumstances,
): MoveCause | undefined {
  const announced = note !== undefined && isAbout(note, group, at) ? note : undefined;
  if (kind === 'came') return announced?.kind === 'take' ? { kind: 'handover' } : undefined;
  if (link !== undefined) return { kind: 'link', interface: link };
  if (fault !== undefined) return fault;
  if (announced?.kind === 'end') return { kind: 'ended' };
  if (announced?.kind !== 'give') return undefined;
  const { author, reason } = announced;
  return {
    kind: 'handover',
    ...(author === undefined ? {} : { author }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function isAbout({ at: announced, groups }: MoveNote, group: Name, at: number): boolean {
  const early = at - announced;
  return early >= 0 && early <= announcedWithin && (groups === undefined || groups.includes(group));
}
