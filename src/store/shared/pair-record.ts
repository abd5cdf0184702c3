import { z } from 'zod';
import { Name } from '../../model/name.ts';

/** Of the records below: one of another format was written by another version of Aorta. */
const format = z.literal(1);

/** In milliseconds since 1970. */
const Moment = z.int();

/** A declaration that the nodes share, or are to share. */
const SharedDeclaration = z.object({
  /** Of the change that brought it. */
  id: z.string(),
  /** See `declarationDigest`. */
  digest: z.string(),
  kind: z.enum(['apply', 'certificate', 'rollback', 'revert']),
  author: z.string(),
  at: Moment,
  reason: z.string().optional(),
});

/** What all nodes have, or are about to have. */
export const SharedHead = SharedDeclaration.extend({
  /** Counts up from 1 over the life of the store. */
  number: z.int(),
});
export type SharedHead = z.output<typeof SharedHead>;

/** A change that is under way. */
export const SharedChange = SharedDeclaration.extend({
  /** Which nodes must have it, by name. */
  nodes: z.array(z.string()),
  /** How long each node watches it, in milliseconds. */
  guard: z.int(),
  force: z.boolean(),
});
export type SharedChange = z.output<typeof SharedChange>;

/** A change that is over. */
export const PastChange = z.object({
  id: z.string(),
  digest: z.string(),
  fate: z.enum(['committed', 'withdrawn']),
  /** A clause, for `withdrawn`. */
  why: z.string().optional(),
});
export type PastChange = z.output<typeof PastChange>;

/** What the nodes agree on: one record, so that each step of a change is one write that succeeds or does not. */
export const PairRecord = z.object({
  format,
  /** Absent: no declaration was ever shared. */
  head: SharedHead.optional(),
  change: SharedChange.optional(),
  /** The newest first. */
  past: z.array(PastChange),
});
export type PairRecord = z.output<typeof PairRecord>;

/**
 * How far a node is with a change. `ready`: it would take it. `making`: it has begun. `has`: it is in service and
 * proven. `against`: it refused it, or went back.
 */
export const NodeVerdict = z.object({
  change: z.string(),
  kind: z.enum(['ready', 'making', 'has', 'against']),
  /** A clause, for `against`. */
  why: z.string().optional(),
});
export type NodeVerdict = z.output<typeof NodeVerdict>;

/** What a node says of itself; written by it alone. */
export const NodeReport = z.object({
  format,
  /** Of the declaration in service; absent: none is. */
  digest: z.string().optional(),
  /** Of Aorta. */
  version: z.string(),
  /** Whether it held virtual addresses when it was last asked to take a change. */
  holds: z.boolean(),
  verdict: NodeVerdict.optional(),
  /** Why it does not have what the pair has, as a clause. */
  trouble: z.string().optional(),
});
export type NodeReport = z.output<typeof NodeReport>;

const SharedWish = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('drain') }),
  z.object({ kind: z.literal('maintenance') }),
  z.object({ kind: z.literal('weight'), weight: z.int() }),
]);

const SharedTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('host'), host: Name }),
  z.object({ kind: z.literal('server'), server: Name, service: Name.optional() }),
]);

/** An intent that is in force on all nodes. */
export const SharedIntent = z.object({
  wish: SharedWish,
  target: SharedTarget,
  author: z.string(),
  reason: z.string(),
  since: Moment,
  until: Moment.optional(),
});
export type SharedIntent = z.output<typeof SharedIntent>;

/** By what is wished of what, see `intentKey`. */
export type SharedIntents = Readonly<Record<string, SharedIntent>>;

export const IntentsRecord = z.object({
  format,
  /** Goes up with every change over the life of the store: a lower one says that the store is not the one it was. */
  count: z.int(),
  intents: z.record(z.string(), SharedIntent),
});
export type IntentsRecord = z.output<typeof IntentsRecord>;

/** A declaration with its files. */
export const DeclarationRecord = z.object({
  format,
  file: z.string(),
  text: z.string(),
  files: z.record(
    z.string(),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('read'), base64: z.base64(), othersCanRead: z.boolean() }),
      z.object({ kind: z.literal('unreadable'), reason: z.string() }),
    ]),
  ),
});
