import { Bug } from '../kernel/bug.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ChangeJournal } from './change-journal.ts';
import { Contents } from './contents.ts';
import type { Database } from './database.ts';
import { declarationDigest } from './declaration-digest.ts';
import type { JournalEntry } from './journal.ts';
import { outdated } from './retention.ts';
import type { Revision, RevisionKind, RevisionState, StoredDeclaration } from './revision.ts';
import type { Row, Words } from './row.ts';

const kinds: Words<RevisionKind> = { apply: true, certificate: true, rollback: true, revert: true };
const states: Words<RevisionState> = { pending: true, committed: true, reverted: true };

/** A revision before it is accepted: number, time, state and digest are given to it. */
export interface RevisionDraft
  extends Pick<Revision, 'kind' | 'author' | 'reason' | 'generation' | 'restores' | 'forced'> {
  readonly declaration: StoredDeclaration;
  /** For a `revert`: why the one before was undone. */
  readonly evidence?: readonly string[];
}

/** Every accepted change with its whole content. Each call is durable when it returns. */
export class RevisionLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #journal: ChangeJournal;
  readonly #contents: Contents;

  constructor(database: Database, clock: Clock, journal: ChangeJournal) {
    this.#database = database;
    this.#clock = clock;
    this.#journal = journal;
    this.#contents = new Contents(database);
  }

  /** Accepts a change: the pending revision and its journal entry, both or neither. */
  propose(draft: RevisionDraft, journal: Omit<JournalEntry, 'revision'>): Revision {
    this.#database.requireRoom(sizeOf(draft.declaration));
    return this.#database.transaction(() => {
      if (this.#journal.open() !== undefined)
        throw new Bug('a change is proposed while another is under way');
      const { declaration } = draft;
      const number = this.#database.insert(
        `INSERT INTO revision
           (kind, state, author, at, reason, digest, generation, restores, forced, evidence, file, text)
         VALUES (?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        draft.kind,
        draft.author,
        this.#clock.now(),
        draft.reason,
        declarationDigest(declaration),
        draft.generation,
        draft.restores,
        JSON.stringify(draft.forced),
        JSON.stringify(draft.evidence ?? []),
        declaration.file,
        this.#contents.keepText(declaration.text),
      );
      this.#contents.keepFiles(number, declaration.files);
      this.#journal.begin({ ...journal, revision: number });
      const revision = this.get(number);
      if (revision === undefined) throw new Bug('a revision was written and is not there');
      return revision;
    });
  }

  /**
   * Ends the change under way: the state of its revision and the end of its journal entry, both or neither.
   * @param evidence added to what the revision has
   */
  settle(number: number, state: 'committed' | 'reverted', evidence: readonly string[] = []): void {
    this.#database.transaction(() => {
      const revision = this.get(number);
      if (revision?.state !== 'pending') throw new Bug(`revision ${number} is not under way`);
      this.#database.run(
        'UPDATE revision SET state = ?, evidence = ? WHERE number = ?',
        state,
        JSON.stringify([...revision.evidence, ...evidence]),
        number,
      );
      this.#journal.close();
    });
  }

  get(number: number): Revision | undefined {
    return optional(this.#database.get('SELECT * FROM revision WHERE number = ?', number));
  }

  /** The whole content, as it was sent. */
  declaration(number: number): StoredDeclaration | undefined {
    const row = this.#database.get('SELECT file, text FROM revision WHERE number = ?', number);
    if (row === undefined) return undefined;
    return {
      file: row.text('file'),
      text: this.#contents.readText(row.text('text')),
      files: this.#contents.readFiles(number),
    };
  }

  /** The newest first. */
  list(limit?: number): Revision[] {
    return this.#database
      .all('SELECT * FROM revision ORDER BY number DESC LIMIT ?', limit ?? -1)
      .map(revisionOf);
  }

  /** The newest that is proven: what is to be in service. A pending one is known by the journal. */
  committed(): Revision | undefined {
    return optional(
      this.#database.get(`SELECT * FROM revision WHERE state = 'committed' ORDER BY number DESC LIMIT 1`),
    );
  }

  /**
   * Deletes what is older than anybody wants, with the keys and passwords that nothing names any more.
   * @returns the numbers of what was deleted
   */
  prune(): readonly number[] {
    const deleted = this.#database.transaction(() => {
      const entry = this.#journal.open()?.revision;
      const numbers = outdated(this.list(), this.#clock.now()).filter((number) => number !== entry);
      for (const number of numbers) this.#database.run('DELETE FROM revision WHERE number = ?', number);
      if (numbers.length > 0) this.#contents.forgetUnnamed();
      return numbers;
    });
    if (deleted.length > 0) this.#database.emptyLog();
    return deleted;
  }
}

function sizeOf({ text, files }: StoredDeclaration): number {
  const sizes = [...files.values()].map((file) => (file.kind === 'read' ? file.bytes.length : 0));
  return sizes.reduce((sum, size) => sum + size, Buffer.byteLength(text));
}

function optional(row: Row | undefined): Revision | undefined {
  return row === undefined ? undefined : revisionOf(row);
}

function revisionOf(row: Row): Revision {
  const [reason, restores] = [row.textIf('reason'), row.integerIf('restores')];
  return {
    number: row.integer('number'),
    kind: row.word('kind', kinds),
    state: row.word('state', states),
    author: row.text('author'),
    at: row.integer('at'),
    ...(reason === undefined ? {} : { reason }),
    digest: row.text('digest'),
    generation: row.integer('generation'),
    ...(restores === undefined ? {} : { restores }),
    forced: row.texts('forced'),
    evidence: row.texts('evidence'),
  };
}
