import type { IntentsRecord, SharedIntents } from '../../store/shared/pair-record.ts';
import { readIntents } from '../../store/shared/read-intents.ts';
import type { SharedStore, SharedView } from '../../store/shared/shared-store.ts';
import type { Serving } from '../serving.ts';
import { ownAuthor, type Wishes } from '../wishes.ts';
import { mergeIntents } from './merge-intents.ts';

/** Makes drains, maintenance and weights those of all nodes. What a node wishes itself, of its own traffic, is its own. */
export class SharedIntentRoad {
  readonly #shared: SharedStore;
  readonly #serving: Serving;
  readonly #wishes: Wishes;

  constructor(shared: SharedStore, serving: Serving, wishes: Wishes) {
    this.#shared = shared;
    this.#serving = serving;
    this.#wishes = wishes;
  }

  /** One round: tells the others what is new here, then does here what is new there. */
  async look(view: SharedView): Promise<void> {
    if (this.#serving.now === undefined) return;
    const { store } = this.#serving.parts;
    const known = store.sharedMark.get();
    const before = known === undefined ? undefined : readIntents(known);
    const { count, intents } = view.intents;
    // A store that was begun anew, or put back, has ended nothing.
    const base = before === undefined || count < before.count ? {} : before.intents;
    const { merged, isNews, add, end } = this.#merge(base, intents);
    const next: IntentsRecord = { format: 1, count: isNews ? count + 1 : count, intents: merged };
    // Somebody else wrote meanwhile: the next look sees what.
    if (isNews && !(await this.#shared.intend(next, view))) return;
    if (add.length > 0 || end.length > 0) {
      // Decided anew when it is this one's turn: somebody may have wished something here meanwhile.
      await this.#wishes.follow(() => this.#merge(base, merged));
    }
    const text = JSON.stringify(next);
    if (text !== known) store.sharedMark.set(text);
  }

  #merge(base: SharedIntents, shared: SharedIntents) {
    const { store, clock } = this.#serving.parts;
    const isOwn = ({ author }: { readonly author: string }) => author === ownAuthor;
    return mergeIntents(base, store.intents.inForce(), shared, isOwn, clock.now());
  }
}
