import { sha256 } from '../kernel/digest.ts';
import { type Database, wellFormed } from './database.ts';
import type { StoredDeclaration } from './revision.ts';
import { damage } from './sqlite-failure.ts';

/** Bytes by their SHA-256, each kept once: keys and passwords among them, so they appear in no message. */
export class Contents {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the digest to name it by */
  keepText(text: string): string {
    return this.#keep(Buffer.from(wellFormed(text)));
  }

  readText(digest: string): string {
    // Not a TextDecoder: it would take a byte order mark away.
    return Buffer.from(this.#read(digest)).toString('utf8');
  }

  #keep(bytes: Uint8Array): string {
    const digest = sha256(bytes);
    this.#database.run(
      'INSERT INTO content (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING',
      digest,
      bytes,
    );
    return digest;
  }

  /** Compared with its digest: a damaged certificate must not be put in service. */
  #read(digest: string): Uint8Array {
    const bytes = this.#database.get('SELECT bytes FROM content WHERE sha256 = ?', digest)?.bytes('bytes');
    if (bytes === undefined || sha256(bytes) !== digest) throw damage('a stored file is not what it was');
    return bytes;
  }

  keepFiles(revision: number, files: StoredDeclaration['files']): void {
    const sql =
      'INSERT INTO revision_file (revision, name, content, others_can_read, unreadable) VALUES (?, ?, ?, ?, ?)';
    for (const [name, file] of files) {
      if (file.kind === 'read') {
        const content = this.#keep(file.bytes);
        this.#database.run(sql, revision, name, content, Number(file.othersCanRead), undefined);
      } else {
        this.#database.run(sql, revision, name, undefined, undefined, file.reason);
      }
    }
  }

  readFiles(revision: number): StoredDeclaration['files'] {
    const rows = this.#database.all('SELECT * FROM revision_file WHERE revision = ? ORDER BY name', revision);
    return new Map(
      rows.map((row) => {
        const content = row.textIf('content');
        return [
          row.text('name'),
          content === undefined
            ? { kind: 'unreadable', reason: row.text('unreadable') }
            : {
                kind: 'read',
                bytes: this.#read(content),
                othersCanRead: row.integer('others_can_read') === 1,
              },
        ];
      }),
    );
  }

  /** Deletes what no revision names any more. */
  forgetUnnamed(): void {
    this.#database.run(
      `DELETE FROM content WHERE NOT EXISTS (SELECT 1 FROM revision WHERE text = sha256)
         AND NOT EXISTS (SELECT 1 FROM revision_file WHERE content = sha256)`,
    );
  }
}
