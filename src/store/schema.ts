import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '../kernel/failure.ts';

/** "Aort" in the header of the file: tells our databases from those of others. */
const applicationId = 0x41_6f_72_74;

/** Each brings the schema one version further; never edited after a release. The version is their number. */
const migrations: readonly string[] = [
  `
  -- Bytes of declarations and of the files that they name, each kept once.
  CREATE TABLE content (
    sha256 TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE revision (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT,
    digest TEXT NOT NULL,
    generation INTEGER NOT NULL,
    restores INTEGER,
    forced TEXT NOT NULL,
    evidence TEXT NOT NULL,
    file TEXT NOT NULL,
    text TEXT NOT NULL REFERENCES content
  ) STRICT;
  CREATE UNIQUE INDEX one_pending_revision ON revision (state) WHERE state = 'pending';
  CREATE INDEX revision_text ON revision (text);

  CREATE TABLE revision_file (
    revision INTEGER NOT NULL REFERENCES revision ON DELETE CASCADE,
    name TEXT NOT NULL,
    content TEXT REFERENCES content,
    others_can_read INTEGER,
    unreadable TEXT,
    PRIMARY KEY (revision, name),
    CHECK ((content IS NULL) = (others_can_read IS NULL) AND (content IS NULL) <> (unreadable IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX revision_file_content ON revision_file (content);

  -- At most one row: the change that is under way.
  CREATE TABLE journal (
    entry INTEGER PRIMARY KEY CHECK (entry = 1),
    revision INTEGER REFERENCES revision,
    phase TEXT NOT NULL,
    from_generation INTEGER,
    to_generation INTEGER NOT NULL,
    confirm_by INTEGER
  ) STRICT;

  CREATE TABLE intent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    wish TEXT NOT NULL,
    weight INTEGER,
    host TEXT,
    server TEXT,
    service TEXT,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    ended_at INTEGER,
    ended_by TEXT,
    end_reason TEXT,
    CHECK ((wish = 'weight') = (weight IS NOT NULL)),
    CHECK ((host IS NULL) <> (server IS NULL) AND (service IS NULL OR server IS NOT NULL))
  ) STRICT;
  CREATE INDEX intent_in_force ON intent (id) WHERE ended_at IS NULL;
  `,
  `
  -- At most one row: the intents that this node last had in common with the others of its pair, as JSON.
  CREATE TABLE shared_mark (
    entry INTEGER PRIMARY KEY CHECK (entry = 1),
    text TEXT NOT NULL
  ) STRICT;
  `,
];

/** Brings a database to the schema of this version. Until it is known to be ours nothing is written. */
export function migrate(database: DatabaseSync, file: string): void {
  if (pending(database, file).length > 0) {
    database.exec('BEGIN IMMEDIATE');
    // Asked again: another process may have been faster.
    for (const migration of pending(database, file)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  }
  const mode = database.prepare('PRAGMA journal_mode = WAL').all()[0]?.['journal_mode'];
  if (mode !== 'wal') {
    const mend = 'put the state directory on a local disk';
    throw new Failure('state-unusable', `its file system cannot hold a write-ahead log: ${file}`, mend);
  }
}

function pending(database: DatabaseSync, file: string): readonly string[] {
  const version = pragma(database, 'user_version');
  const owner = pragma(database, 'application_id');
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (owner !== applicationId && !(isEmpty && owner === 0 && version === 0)) {
    const what = `the file is a database of another program: ${file}`;
    throw new Failure('state-unusable', what, 'move it away; it was not touched');
  }
  if (version > migrations.length) {
    throw new Failure(
      'state-unusable',
      `the record of changes was written by a newer version of Aorta (schema ${version}, known here up to ${migrations.length}): ${file}`,
      'start that version, or a newer one; the file was not touched',
    );
  }
  return migrations.slice(version);
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
