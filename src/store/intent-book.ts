import { Bug, unreachable } from '../kernel/bug.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Intent, IntentTarget, IntentWish } from '../model/intent.ts';
import { isName, type Name } from '../model/name.ts';
import type { Database } from './database.ts';
import type { Row, Words } from './row.ts';
import { damage } from './sqlite-failure.ts';

/** How many that have ended are kept; the oldest go when another one ends. */
const kept = 1_000;

const wishes: Words<IntentWish['kind']> = { drain: true, maintenance: true, weight: true };

export type IntentDraft = Omit<Intent, 'id' | 'since'>;

/** An intent and, when it is over, how it ended. */
export interface PastIntent extends Intent {
  /** Milliseconds since 1970. */
  readonly endedAt?: number;
  /** Absent for one whose time had passed. */
  readonly endedBy?: string;
  readonly endReason?: string;
}

/** What operators want of servers, now and before. Each call is durable when it returns. */
export class IntentBook {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** By id. One whose time has passed is not in force, although {@link expire} has not ended it yet. */
  inForce(): Intent[] {
    return this.#database
      .all(
        'SELECT * FROM intent WHERE ended_at IS NULL AND (until IS NULL OR until > ?) ORDER BY id',
        this.#clock.now(),
      )
      .map(intentOf);
  }

  add(draft: IntentDraft): Intent {
    const { wish, target } = draft;
    const id = this.#database.insert(
      `INSERT INTO intent (wish, weight, host, server, service, author, reason, since, until)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      wish.kind,
      wish.kind === 'weight' ? wish.weight : undefined,
      target.kind === 'host' ? target.host : undefined,
      target.kind === 'server' ? target.server : undefined,
      target.kind === 'server' ? target.service : undefined,
      draft.author,
      draft.reason,
      this.#clock.now(),
      draft.until,
    );
    const row = this.#database.get('SELECT * FROM intent WHERE id = ?', id);
    if (row === undefined) throw new Bug('an intent was written and is not there');
    return intentOf(row);
  }

  /** All of them or none. One that has ended already stays as it ended. */
  end(ids: readonly number[], by: { readonly author: string; readonly reason?: string }): void {
    this.#database.transaction(() => {
      for (const id of ids) {
        if (this.#database.get('SELECT 1 FROM intent WHERE id = ?', id) === undefined) {
          throw new Bug(`there is no intent ${id}`);
        }
        this.#database.run(
          'UPDATE intent SET ended_at = ?, ended_by = ?, end_reason = ? WHERE id = ? AND ended_at IS NULL',
          this.#clock.now(),
          by.author,
          by.reason,
          id,
        );
      }
      this.#forgetOldest();
    });
  }

  /** Ends those whose time has passed, and gives them back by id. */
  expire(): Intent[] {
    return this.#database.transaction(() => {
      const now = this.#clock.now();
      const expired = this.#database
        .all('SELECT * FROM intent WHERE ended_at IS NULL AND until <= ? ORDER BY id', now)
        .map(intentOf);
      for (const { id } of expired)
        this.#database.run('UPDATE intent SET ended_at = ? WHERE id = ?', now, id);
      this.#forgetOldest();
      return expired;
    });
  }

  /** Those in force and those that ended, the newest first. */
  history(limit?: number): PastIntent[] {
    return this.#database
      .all('SELECT * FROM intent ORDER BY id DESC LIMIT ?', limit ?? -1)
      .map((row) => ({ ...intentOf(row), ...endOf(row) }));
  }

  #forgetOldest(): void {
    this.#database.run(
      `DELETE FROM intent WHERE id IN
         (SELECT id FROM intent WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT -1 OFFSET ?)`,
      kept,
    );
  }
}

function intentOf(row: Row): Intent {
  const until = row.integerIf('until');
  return {
    id: row.integer('id'),
    wish: wishOf(row),
    target: targetOf(row),
    author: row.text('author'),
    reason: row.text('reason'),
    since: row.integer('since'),
    ...(until === undefined ? {} : { until }),
  };
}

function wishOf(row: Row): IntentWish {
  const kind = row.word('wish', wishes);
  switch (kind) {
    case 'drain':
    case 'maintenance':
      return { kind };
    case 'weight':
      return { kind, weight: row.integer('weight') };
    default:
      return unreachable(kind, 'wish');
  }
}

function targetOf(row: Row): IntentTarget {
  const host = row.textIf('host');
  if (host !== undefined) return { kind: 'host', host: nameOf(host) };
  const service = row.textIf('service');
  return {
    kind: 'server',
    server: nameOf(row.text('server')),
    ...(service === undefined ? {} : { service: nameOf(service) }),
  };
}

function nameOf(text: string): Name {
  if (!isName(text)) throw damage('the target of an intent is not a name');
  return text;
}

function endOf(row: Row): Pick<PastIntent, 'endedAt' | 'endedBy' | 'endReason'> {
  const [endedAt, endedBy, endReason] = [
    row.integerIf('ended_at'),
    row.textIf('ended_by'),
    row.textIf('end_reason'),
  ];
  return {
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(endReason === undefined ? {} : { endReason }),
  };
}
