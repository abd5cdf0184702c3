import { z } from 'zod';

/** One change to the content of a Cache server; also what caches send to each other. */
export const cacheChangeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('put'),
    key: z.string(),
    value: z.unknown(),
    /** Milliseconds since 1970; absent means for ever. */
    expiresAt: z.number().optional(),
    /** Entries of a group can be dropped together, as all tokens of a grant. */
    group: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('drop'), key: z.string() }),
  z.strictObject({ kind: z.literal('drop-group'), group: z.string() }),
  z.strictObject({ kind: z.literal('append'), id: z.string(), writes: z.array(z.unknown()) }),
]);
export type CacheChange = z.output<typeof cacheChangeSchema>;

interface Entry {
  readonly value: unknown;
  readonly expiresAt: number | undefined;
  readonly group: string | undefined;
}

interface JournalBatch {
  readonly id: string;
  readonly writes: readonly unknown[];
}

/** Key-value pairs with expiry, and the journal of FHIR writes in the order of their arrival. */
export class CacheEntries {
  readonly #entries = new Map<string, Entry>();
  readonly #batches: JournalBatch[] = [];
  readonly #batchIds = new Set<string>();

  get(key: string): unknown {
    const entry = this.#entries.get(key);
    if (entry?.expiresAt !== undefined && entry.expiresAt <= Date.now()) {
      this.#entries.delete(key);
      return undefined;
    }
    return entry?.value;
  }

  apply(change: CacheChange): void {
    switch (change.kind) {
      case 'put':
        this.#entries.set(change.key, {
          value: change.value,
          expiresAt: change.expiresAt,
          group: change.group,
        });
        return;
      case 'drop':
        this.#entries.delete(change.key);
        return;
      case 'drop-group':
        for (const [key, { group }] of this.#entries) if (group === change.group) this.#entries.delete(key);
        return;
      case 'append':
        // A retried append has the same id and must not count twice.
        if (this.#batchIds.has(change.id)) return;
        this.#batchIds.add(change.id);
        this.#batches.push({ id: change.id, writes: change.writes });
        return;
      default:
        return change satisfies never;
    }
  }

  journalAfter(position: number): { next: number; writes: unknown[] } {
    return {
      next: this.#batches.length,
      writes: this.#batches.slice(position).flatMap(({ writes }) => writes),
    };
  }

  snapshot(): CacheChange[] {
    const entries = [...this.#entries].map(([key, { value, expiresAt, group }]): CacheChange => {
      return {
        kind: 'put',
        key,
        value,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(group === undefined ? {} : { group }),
      };
    });
    return [
      ...entries,
      ...this.#batches.map(({ id, writes }): CacheChange => ({ kind: 'append', id, writes: [...writes] })),
    ];
  }
}
