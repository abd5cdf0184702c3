import { z } from 'zod';
import { MachineAddress } from '../model/address.ts';
import { Name } from '../model/name.ts';

/** A file that the declaration names, read where the operator is. */
export const SentFile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('read'), base64: z.base64(), othersCanRead: z.boolean() }),
  z.strictObject({ kind: z.literal('unreadable'), reason: z.string().max(200) }),
]);
export type SentFile = z.output<typeof SentFile>;

/** Text that people write about a change; shown in one line, so it has no control characters. */
const Words = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, { error: 'has a control character: write one line' });

/** Who asks. The control socket belongs to one account, so this is for people to read, not for access control. */
const Author = Words.max(100);

/**
 * A declaration with everything it names. Self-contained: the controller never looks for the operator's
 * files, so it does not matter on which machine, or with whose rights, the command ran.
 */
export const PlanRequest = z.strictObject({
  /** What findings call the file. */
  file: z.string().min(1).max(255),
  text: z.string(),
  /** By the names in the declaration. */
  files: z.record(z.string(), SentFile),
});
export type PlanRequest = z.output<typeof PlanRequest>;

/** How a change is watched. Times in milliseconds. */
const Watch = {
  /** How long the service is watched, and the change undone when it gets worse; by default 10 s, 0: not at all. */
  guard: z.int().min(0).max(3_600_000).optional(),
  /** Undo the change unless somebody confirms within this time. */
  confirmWithin: z.int().min(1_000).max(86_400_000).optional(),
  /** Apply although the examination of this machine and the servers found errors; they are recorded. */
  force: z.boolean().optional(),
  author: Author.optional(),
  reason: Words.optional(),
  /** Of nodes that share a store: those that need not have it now, and follow when they are back. */
  without: z.array(z.string().min(1).max(63)).max(50).optional(),
};

export const ApplyRequest = PlanRequest.extend(Watch);
export type ApplyRequest = z.output<typeof ApplyRequest>;

export const RollbackRequest = z.strictObject({
  /** Absent: the one committed before the one in service. */
  revision: z.int().min(1).optional(),
  ...Watch,
});
export type RollbackRequest = z.output<typeof RollbackRequest>;

export const CertificateRequest = z.strictObject({
  /** As in `certificates` of the declaration. */
  name: z.string().min(1).max(255),
  /** In the place of the file in `pem`, `certificate` or `pfx`. */
  file: SentFile,
  /** In the place of the file in `key`. */
  key: SentFile.optional(),
  /** In the place of the file in `passwordFile`; absent: the password stays. */
  password: SentFile.optional(),
  ...Watch,
});
export type CertificateRequest = z.output<typeof CertificateRequest>;

export const ConfirmRequest = z.strictObject({ author: Author.optional() });
export type ConfirmRequest = z.output<typeof ConfirmRequest>;

/** What the path of the operation names. */
export const RevisionRequest = z.strictObject({ revision: z.coerce.number().int().min(1) });
export type RevisionRequest = z.output<typeof RevisionRequest>;

export const IntentRequest = z.strictObject({
  wish: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('drain') }),
    z.strictObject({ kind: z.literal('maintenance') }),
    z.strictObject({ kind: z.literal('weight'), weight: z.int().min(0).max(256) }),
  ]),
  /** A host, or a server. */
  target: z.string().min(1).max(255),
  /** Only in this service; the target is then a server. */
  service: z.string().min(1).max(255).optional(),
  /** How long it lasts, in milliseconds; absent: until somebody ends it. */
  duration: z.int().min(1_000).max(31_536_000_000).optional(),
  /** Although no healthy server would be left in a service. */
  force: z.boolean().optional(),
  author: Author.optional(),
  reason: Words,
});
export type IntentRequest = z.output<typeof IntentRequest>;

/** Ends every intent that is about the target. */
export const EnableRequest = z.strictObject({
  target: z.string().min(1).max(255),
  service: z.string().min(1).max(255).optional(),
  author: Author.optional(),
  reason: Words.optional(),
});
export type EnableRequest = z.output<typeof EnableRequest>;

/** `adopt`: what was changed behind Aorta's back becomes an intent. `revert`: it is put back as desired. */
export const DriftRequest = z.strictObject({
  action: z.enum(['adopt', 'revert']),
  author: Author.optional(),
  reason: Words.optional(),
});
export type DriftRequest = z.output<typeof DriftRequest>;

/** Groups of addresses, by name. */
const Groups = z.array(Name).min(1).max(255);

/** For the node that is to hold the addresses. */
export const TakeRequest = z.strictObject({
  /** What this node is to have. */
  groups: Groups,
  /** Where connections to these addresses are until now. */
  routes: z
    .array(
      z.strictObject({
        addresses: z.array(MachineAddress).min(1).max(1_000),
        /** What that node is reached at, on the network of the virtual addresses. */
        owner: z.array(MachineAddress).min(1).max(100),
      }),
    )
    .max(100),
  /** How long what belongs there is sent on at most, in milliseconds. */
  limit: z.int().min(1_000).max(3_600_000),
});
export type TakeRequest = z.output<typeof TakeRequest>;

/** For the node that holds the addresses. */
export const GiveRequest = z.strictObject({
  groups: Groups,
  author: Author.optional(),
  reason: Words.optional(),
});
export type GiveRequest = z.output<typeof GiveRequest>;

/** What a rehearsal found, for each of its nodes to keep. */
export const RehearsedRequest = z.strictObject({
  author: Author.optional(),
  moves: z.int().min(0).max(1_000),
  sent: z.int().min(0),
  failed: z.int().min(0),
  /** In milliseconds. */
  longestGap: z.number().min(0),
});
export type RehearsedRequest = z.output<typeof RehearsedRequest>;
/** For the node that held them; without groups for one whose addresses all nodes announce. */
export const RetireRequest = z.strictObject({ groups: Groups.optional() });
export type RetireRequest = z.output<typeof RetireRequest>;

/** For a node that neither gives nor takes. */
export const MakeWayRequest = z.strictObject({
  groups: Groups,
  /** How long it makes way at most, in milliseconds. */
  limit: z.int().min(1_000).max(3_600_000),
});
export type MakeWayRequest = z.output<typeof MakeWayRequest>;
/** For a node that announces its addresses. */
export const WithdrawRequest = z.strictObject({ author: Author.optional(), reason: Words.optional() });
export type WithdrawRequest = z.output<typeof WithdrawRequest>;

export const AnnounceRequest = z.strictObject({ author: Author.optional() });
export type AnnounceRequest = z.output<typeof AnnounceRequest>;

/** For every node, before one of them is withdrawn or announced. */
export const RelayRequest = z.strictObject({
  /** How long it relays at most, in milliseconds. */
  limit: z.int().min(1_000).max(3_600_000),
});
export type RelayRequest = z.output<typeof RelayRequest>;

/** What the two faces, API and CLI, agree on: one entry an operation. */
export const operations = {
  status: { method: 'GET', path: '/v1/status', summary: 'What the services and servers are doing.' },
  metrics: { method: 'GET', path: '/v1/metrics', summary: 'Metrics, in the text format of Prometheus.' },
  configuration: { method: 'GET', path: '/v1/configuration', summary: 'The declaration in service.' },
  apply: { method: 'POST', path: '/v1/configuration', summary: 'Make a declaration the desired state.' },
  plan: { method: 'POST', path: '/v1/plan', summary: 'What applying a declaration would do.' },
  confirm: { method: 'POST', path: '/v1/confirm', summary: 'Keep the change that waits to be confirmed.' },
  rollback: { method: 'POST', path: '/v1/rollback', summary: 'Bring back an earlier revision.' },
  certificate: { method: 'POST', path: '/v1/certificates', summary: 'Replace a certificate and its key.' },
  revisions: { method: 'GET', path: '/v1/revisions', summary: 'The accepted changes, the newest first.' },
  revision: { method: 'GET', path: '/v1/revisions/:revision', summary: 'One accepted change.' },
  intents: { method: 'GET', path: '/v1/intents', summary: 'Drains, maintenance and weights in force.' },
  intend: { method: 'POST', path: '/v1/intents', summary: 'Drain, maintain or weigh a host or server.' },
  enable: { method: 'POST', path: '/v1/enable', summary: 'End every intent about a host or server.' },
  drift: { method: 'GET', path: '/v1/drift', summary: "What was changed behind Aorta's back." },
  resolveDrift: { method: 'POST', path: '/v1/drift', summary: 'Adopt or revert such changes.' },
  take: {
    method: 'POST',
    path: '/v1/addresses/take',
    summary: 'Make ready for addresses that another node is about to give up, if it does.',
  },
  give: {
    method: 'POST',
    path: '/v1/addresses/give',
    summary: 'Give groups of virtual addresses up; connections that are open stay.',
  },
  retire: {
    method: 'POST',
    path: '/v1/addresses/retire',
    summary: 'Let the connections end that are open where the addresses are no more.',
  },
  makeWay: {
    method: 'POST',
    path: '/v1/addresses/make-way',
    summary: 'While groups move between two other nodes: do not come before the one that is to have them.',
  },
  settle: {
    method: 'POST',
    path: '/v1/addresses/settle',
    summary: 'Once no connection is left where it was: send nothing on, make way for nobody any more.',
  },
  rehearsed: {
    method: 'POST',
    path: '/v1/addresses/rehearsed',
    summary: 'Keep what a rehearsal found; the status says it.',
  },
  withdraw: {
    method: 'POST',
    path: '/v1/addresses/withdraw',
    summary: 'Announce no address to routers any more, until told to; connections that are open stay.',
  },
  announce: {
    method: 'POST',
    path: '/v1/addresses/announce',
    summary: 'Announce the addresses again, as long as HAProxy serves.',
  },
  relay: {
    method: 'POST',
    path: '/v1/addresses/relay',
    summary: 'While routers share clients anew: send to the other nodes what belongs to no connection here.',
  },
  tickets: { method: 'GET', path: '/v1/tickets', summary: 'The keys of TLS tickets, for other nodes.' },
  down: { method: 'POST', path: '/v1/down', summary: 'End HAProxy, then the controller.' },
} as const;
export type Operation = keyof typeof operations;
