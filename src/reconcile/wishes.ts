import { compile } from '../compile/compile.ts';
import { Failure } from '../kernel/failure.ts';
import type { Intent, IntentWish } from '../model/intent.ts';
import { plan } from '../plan/make-plan.ts';
import type { IntentDraft } from '../store/intent-book.ts';
import { adoptIntents } from './adoption.ts';
import type { Adoption } from './drift-finding.ts';
import { intentsEndedBy, resolveTarget, serversOf, withIntent } from './intents.ts';
import { backendsOf, refuseLastServer } from './last-server.ts';
import type { InService, Serving } from './serving.ts';

/** A wish about servers, as somebody asks for it. */
export interface WishRequest {
  readonly wish: IntentWish;
  readonly target: string;
  readonly service?: string;
  /** In milliseconds; absent: until somebody ends it. */
  readonly duration?: number;
  /** Although no healthy server would be left in a service. */
  readonly force: boolean;
  readonly author: string;
  readonly reason: string;
}

/** Who wishes what the controller itself thinks right. */
export const ownAuthor = 'aorta';

/** Drains, maintenance and weights: first written down, then told to HAProxy, then rendered. */
export class Wishes {
  readonly #serving: Serving;
  /** The files do not hold the intents in force yet. */
  #behind = false;

  constructor(serving: Serving) {
    this.#serving = serving;
  }

  /**
   * Takes a wish down and fulfils it.
   * @throws Failure `unknown-target`, `last-server`, `state-unusable`
   */
  async wish(request: WishRequest): Promise<Intent> {
    return await this.#serving.hands(async () => {
      const { store, clock, dataPlane } = this.#serving.parts;
      const { desired } = this.#inService();
      const { configuration, ir } = desired;
      const target = resolveTarget(request.target, request.service, configuration);
      if (!target.ok) throw target.error;
      const inForce = store.intents.inForce();
      const { wish, author, reason, duration, force } = request;
      if (!force) {
        const asked = { wish, target: target.value };
        const servers = await dataPlane.serversIn(backendsOf(asked, { configuration, ir }));
        const state = servers === undefined ? undefined : { servers };
        const refused = refuseLastServer(asked, { configuration, intents: inForce, ir, state });
        if (refused !== undefined) throw refused;
      }
      const until = duration === undefined ? {} : { until: clock.now() + duration };
      const intent = store.atomically(() => {
        const added = store.intents.add({ wish, target: target.value, author, reason, ...until });
        const kept = withIntent(inForce, added);
        const replaced = inForce.filter((one) => !kept.includes(one)).map(({ id }) => id);
        if (replaced.length > 0) store.intents.end(replaced, { author, reason: 'said anew' });
        return added;
      });
      await this.#fulfil();
      return intent;
    });
  }

  /** Ends every intent about a target. @returns those that were ended @throws Failure `unknown-target` */
  async enable(
    target: string,
    service: string | undefined,
    by: { readonly author: string; readonly reason?: string },
  ): Promise<readonly Intent[]> {
    return await this.#serving.hands(async () => {
      const { store } = this.#serving.parts;
      const { configuration } = this.#inService().desired;
      const ended = intentsEndedBy({ target, service }, configuration, store.intents.inForce());
      if (!ended.ok) throw ended.error;
      if (ended.value.length === 0) return [];
      store.intents.end(
        ended.value.map(({ id }) => id),
        by,
      );
      await this.#fulfil();
      return ended.value;
    });
  }

  /** Makes what was found at servers the desired state, as intents. */
  async adopt(
    adoptions: readonly Adoption[],
    by: { readonly author: string; readonly reason?: string },
  ): Promise<void> {
    await this.#serving.hands(async () => {
      adoptIntents(adoptions, this.#inService().desired, this.#serving.parts.store, by);
      await this.#fulfil();
    });
  }

  /**
   * Gives a server of one service another weight in the controller's own name; without one, takes that back. What an
   * operator wishes of its weight comes first.
   * @throws Failure `unknown-target`, `state-unusable`
   */
  async lean(
    place: { readonly service: string; readonly server: string },
    weight: number | undefined,
    reason: string,
  ): Promise<void> {
    await this.#serving.hands(async () => {
      const { store } = this.#serving.parts;
      const { configuration } = this.#inService().desired;
      const target = resolveTarget(place.server, place.service, configuration);
      if (!target.ok) throw target.error;
      const about = store.intents
        .inForce()
        .filter(
          (one) =>
            one.wish.kind === 'weight' &&
            serversOf(one.target, configuration).some(
              ({ service, server }) => service === place.service && server === place.server,
            ),
        );
      if (about.some(({ author }) => author !== ownAuthor)) return;
      const own = about.map(({ wish }) => (wish.kind === 'weight' ? wish.weight : undefined));
      if (own.length === (weight === undefined ? 0 : 1) && own[0] === weight) return;
      store.atomically(() => {
        if (about.length > 0)
          store.intents.end(
            about.map(({ id }) => id),
            { author: ownAuthor, reason },
          );
        if (weight === undefined) return;
        store.intents.add({
          wish: { kind: 'weight', weight },
          target: target.value,
          author: ownAuthor,
          reason,
        });
      });
      await this.#fulfil();
    });
  }

  /**
   * Takes over what was wished and ended on other nodes, where it was judged.
   * @param decide called when nobody else changes anything here
   */
  async follow(
    decide: () => {
      readonly add: readonly IntentDraft[];
      readonly end: readonly number[];
    },
  ): Promise<void> {
    await this.#serving.hands(async () => {
      const { store } = this.#serving.parts;
      if (this.#serving.now === undefined) return;
      store.atomically(() => {
        const { add, end } = decide();
        if (end.length > 0) store.intents.end(end, { author: ownAuthor, reason: 'on another node' });
        for (const draft of add) store.intents.add(draft);
      });
      await this.#fulfil();
    });
  }

  /** Ends intents whose time has passed, and brings the files up to date when an earlier attempt failed. */
  async catchUp(): Promise<void> {
    if (this.#serving.now === undefined) return;
    const { store, clock } = this.#serving.parts;
    const { intents } = this.#serving.now.desired;
    const due = intents.some(({ until }) => until !== undefined && until <= clock.now());
    if (!this.#behind && !due) return;
    await this.#serving.hands(async () => {
      if (this.#serving.now === undefined) return;
      store.intents.expire();
      await this.#fulfil();
    });
  }

  /**
   * HAProxy is told first, so that a drain works within milliseconds; the files follow. When they cannot be written, the
   * intent stands, works, and is tried again.
   */
  async #fulfil(): Promise<void> {
    const { dataPlane, node, store } = this.#serving.parts;
    const { desired, generation } = this.#inService();
    this.#behind = true;
    const intents = store.intents.inForce();
    const ir = compile(desired.configuration, node, intents);
    const made = plan(desired.ir, ir, {}, dataPlane.abilities);
    const known = (await dataPlane.identity()) === generation.digest;
    const commands = known && made.impact === 'runtime' ? made.operations : [];
    let operated = commands.length > 0;
    for (const operation of commands) {
      if (!operated) break;
      operated = (await dataPlane.operate(operation)).ok;
    }
    const again = commands.length > 0 && !operated;
    const { outcome } = await this.#serving.bring(desired, { force: true, operated, again });
    if (outcome.kind === 'refused' || outcome.kind === 'rolledBack') {
      throw new Failure(
        'operate-failed',
        'HAProxy did not take it',
        'see `aorta status`, and the log of HAProxy',
      );
    }
    this.#behind = false;
    if (outcome.kind !== 'applied') return;
    // While a change is watched, what it would go back to stays the last that is proven.
    if (store.journal.open() === undefined) await this.#serving.keep();
    else store.journal.advance({ to: outcome.generation.number });
  }

  #inService(): InService {
    const now = this.#serving.now;
    if (now !== undefined) return now;
    throw new Failure('not-running', 'nothing is in service yet', 'ask again in a moment');
  }
}
