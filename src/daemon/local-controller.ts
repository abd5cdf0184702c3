import type {
  AnnounceAnswer,
  ChangeAnswer,
  ConfigurationAnswer,
  DriftAnswer,
  GiveAnswer,
  IntentInForce,
  IntentsAnswer,
  PlanAnswer,
  RetireAnswer,
  RevisionAnswer,
  RevisionsAnswer,
  WithdrawAnswer,
} from '../contract/answers.ts';
import { contractVersion } from '../contract/contract-version.ts';
import type { Controller, OnProgress } from '../contract/controller.ts';
import type {
  AnnounceRequest,
  ApplyRequest,
  CertificateRequest,
  ConfirmRequest,
  DriftRequest,
  EnableRequest,
  GiveRequest,
  IntentRequest,
  MakeWayRequest,
  PlanRequest,
  RehearsedRequest,
  RelayRequest,
  RetireRequest,
  RollbackRequest,
  TakeRequest,
  WithdrawRequest,
} from '../contract/operations.ts';
import { unifiedDiff } from '../contract/unified-diff.ts';
import type { PeerState } from '../dataplane/haproxy/show-peers.ts';
import type { HealthWatch } from '../health/health-watch.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import { type Rendering, textOf } from '../ir/rendering.ts';
import { sha256 } from '../kernel/digest.ts';
import { Failure } from '../kernel/failure.ts';
import { aortaVersion } from '../kernel/version.ts';
import type { Intent } from '../model/intent.ts';
import type { Name } from '../model/name.ts';
import type { Status } from '../model/status.ts';
import type { TicketRing } from '../model/ticket-ring.ts';
import type { Metrics } from '../observe/metrics/metrics.ts';
import { Observer } from '../observe/observer.ts';
import { operatorName } from '../pki/pair-files.ts';
import { replaceCertificate } from '../reconcile/certificate.ts';
import { type Changes, unknownRevision } from '../reconcile/changes.ts';
import { accept } from '../reconcile/desired.ts';
import type { Duty } from '../reconcile/duty.ts';
import { examine } from '../reconcile/examine.ts';
import type { Handover } from '../reconcile/handover.ts';
import { serversOf } from '../reconcile/intents.ts';
import type { Proposal } from '../reconcile/proposal.ts';
import type { Serving } from '../reconcile/serving.ts';
import type { TicketKeeper } from '../reconcile/tickets/ticket-keeper.ts';
import type { Watchman } from '../reconcile/watchman.ts';
import type { Wishes } from '../reconcile/wishes.ts';
import { listenTo, located, nobody, toAnswer, toProposal, watchOf } from './change-message.ts';
import { toFileContent, toStored } from './sent-files.ts';
import type { Sharing } from './share.ts';

export interface LocalControllerParts {
  readonly serving: Serving;
  readonly changes: Changes;
  readonly wishes: Wishes;
  readonly watchman: Watchman;
  readonly health: HealthWatch;
  readonly metrics: Metrics;
  readonly handover: Handover;
  readonly duty: Duty;
  /** The nodes that HAProxy shares tables with. */
  readonly peers: () => Promise<readonly PeerState[] | undefined>;
  readonly tickets: TicketKeeper;
  /** Absent: this node shares nothing. */
  readonly sharing?: Sharing;
  /** Called once `down` has ended HAProxy. */
  readonly onDown: () => void;
}

/** How long requests may take to finish when HAProxy is ended, in milliseconds. */
const stopDeadline = 10_000;

/** The controller of this machine: joins the contract to the road of a change. */
export class LocalController implements Controller {
  readonly #parts: LocalControllerParts;
  readonly #observer: Observer;

  constructor(parts: LocalControllerParts) {
    this.#parts = parts;
    const { dataPlane, clock } = parts.serving.parts;
    this.#observer = new Observer(dataPlane, clock);
  }

  async status(): Promise<Status> {
    const { serving, watchman, changes, health, sharing } = this.#parts;
    const { desired, revision } = this.#inService();
    const { store, node } = serving.parts;
    const today = {
      intents: store.intents.inForce(),
      drift: watchman.drift(),
      health: health.report(),
      ...(changes.pending === undefined ? {} : { confirmBy: changes.pending.confirmBy }),
    };
    const observed = await this.#observer.status(desired.configuration, desired.ir, today, node.node);
    return {
      ...observed,
      controller: { version: aortaVersion, contract: contractVersion },
      declaration: { revision, digest: this.#stored(revision).digest },
      ...(await sharedBy(this.#parts, desired.ir)),
      ...(sharing === undefined ? {} : { store: sharing.road.status() }),
    };
  }

  metrics(): Promise<Buffer> {
    return this.#parts.metrics.text();
  }

  async configuration(): Promise<ConfigurationAnswer> {
    const { desired, revision } = this.#inService();
    const { file, text } = desired.declaration;
    return { revision, digest: this.#stored(revision).digest, file, text };
  }

  async apply(request: ApplyRequest, onProgress: OnProgress, ifRevision?: number): Promise<ChangeAnswer> {
    return await this.#change(toProposal(request, ifRevision), request, onProgress);
  }

  async plan(request: PlanRequest): Promise<PlanAnswer> {
    const { serving } = this.#parts;
    const { clock, dataPlane, node } = serving.parts;
    const declaration = toStored(request);
    const accepted = accept(declaration, clock.now(), node);
    if (!accepted.ok) return { findings: accepted.error, declaration: '', haproxy: '', keepalived: '' };
    const before = serving.now?.desired;
    const { desired, plan } = await serving.forecast(accepted.value);
    const remarks = await examine(before, desired, dataPlane, clock);
    const findings = located(remarks, accepted.value.draft, accepted.value.findings);
    return {
      findings,
      plan: { impact: plan.impact, steps: plan.steps },
      declaration: unifiedDiff(
        { name: 'in service', text: before?.declaration.text ?? '' },
        { name: declaration.file, text: declaration.text },
      ),
      haproxy: fileDiff('haproxy.cfg', before?.rendering, desired.rendering),
      keepalived: fileDiff('keepalived.conf', before?.rendering, desired.rendering),
      bird: fileDiff('bird.conf', before?.rendering, desired.rendering),
    };
  }

  async confirm({ author = nobody }: ConfirmRequest): Promise<ChangeAnswer> {
    return toAnswer(await this.#parts.changes.confirm(author));
  }

  async rollback(request: RollbackRequest, onProgress: OnProgress): Promise<ChangeAnswer> {
    const { changes, sharing } = this.#parts;
    if (sharing === undefined) {
      return toAnswer(await changes.rollback(request.revision, watchOf(request), listenTo(onProgress)));
    }
    const earlier = changes.earlier(request.revision);
    return await this.#change({ ...watchOf(request), kind: 'rollback', ...earlier }, request, onProgress);
  }

  async certificate(request: CertificateRequest, onProgress: OnProgress): Promise<ChangeAnswer> {
    const { desired, revision } = this.#inService();
    const { name, file, key, password } = request;
    const declaration = replaceCertificate(desired, name, {
      file: toFileContent(file),
      key: key && toFileContent(key),
      password: password && toFileContent(password),
    });
    if (!declaration.ok) throw declaration.error;
    const proposal: Proposal = {
      ...watchOf(request),
      kind: 'certificate',
      declaration: declaration.value,
      // The rest of the declaration was read just now, and must still be what is in service.
      ifRevision: revision,
    };
    return await this.#change(proposal, request, onProgress);
  }

  /** On this node, or on all that share a store with it. */
  async #change(
    proposal: Proposal,
    { without = [] }: Pick<ApplyRequest, 'without'>,
    onProgress: OnProgress,
  ): Promise<ChangeAnswer> {
    const { changes, sharing } = this.#parts;
    const listen = listenTo(onProgress);
    if (sharing !== undefined) return toAnswer(await sharing.changes.change(proposal, without, listen));
    if (without.length === 0) return toAnswer(await changes.change(proposal, listen));
    const mend = 'leave out --without';
    throw new Failure('bad-request', 'this node shares no store, so there is no other to do without', mend);
  }

  async revisions(): Promise<RevisionsAnswer> {
    const { now, parts } = this.#parts.serving;
    return {
      ...(now === undefined ? {} : { inService: now.revision }),
      revisions: parts.store.revisions.list(),
    };
  }

  async revision(number: number): Promise<RevisionAnswer> {
    const revision = this.#stored(number);
    const declaration = this.#parts.serving.parts.store.revisions.declaration(number);
    if (declaration === undefined) throw unknownRevision(number);
    const files = [...declaration.files].map(([name, content]) => ({
      name,
      ...(content.kind === 'read' ? { sha256: sha256(content.bytes) } : {}),
    }));
    return { ...revision, file: declaration.file, text: declaration.text, files };
  }

  async intents(): Promise<IntentsAnswer> {
    return this.#answerWith(this.#parts.serving.parts.store.intents.inForce());
  }

  async intend(request: IntentRequest): Promise<IntentsAnswer> {
    const { force = false, author = nobody, target, service, duration, wish, reason } = request;
    const intent = await this.#parts.wishes.wish({
      wish,
      target,
      force,
      author,
      reason,
      ...(service === undefined ? {} : { service }),
      ...(duration === undefined ? {} : { duration }),
    });
    return this.#answerWith([intent]);
  }

  async enable({ target, service, author = nobody, reason }: EnableRequest): Promise<IntentsAnswer> {
    const by = { author, ...(reason === undefined ? {} : { reason }) };
    return this.#answerWith(await this.#parts.wishes.enable(target, service, by));
  }

  async drift(): Promise<DriftAnswer> {
    return { drift: this.#parts.watchman.drift() };
  }

  async resolveDrift({ action, author = nobody, reason }: DriftRequest): Promise<DriftAnswer> {
    await this.#parts.watchman.resolve(action, { author, ...(reason === undefined ? {} : { reason }) });
    return { drift: this.#parts.watchman.drift() };
  }

  async take({ groups, routes, limit }: TakeRequest): Promise<void> {
    await this.#parts.handover.take(groups, routes, limit);
  }

  async give({ groups, author = nobody, reason }: GiveRequest): Promise<GiveAnswer> {
    return await this.#parts.handover.give(groups, author, reason);
  }

  async retire({ groups }: RetireRequest): Promise<RetireAnswer> {
    const { handover, duty } = this.#parts;
    return { retired: await (groups === undefined ? duty.retire() : handover.retire(groups)) };
  }

  async makeWay({ groups, limit }: MakeWayRequest): Promise<void> {
    await this.#parts.handover.makeWay(groups, limit);
  }

  async settle(): Promise<void> {
    await this.#parts.handover.settle();
  }

  async rehearsed({ author = nobody, ...found }: RehearsedRequest): Promise<void> {
    await this.#parts.handover.remember({ ...found, author });
  }

  async withdraw({ author = nobody, reason }: WithdrawRequest): Promise<WithdrawAnswer> {
    return { took: await this.#parts.duty.withdraw(author, reason) };
  }

  async announce({ author = nobody }: AnnounceRequest): Promise<AnnounceAnswer> {
    return { announced: await this.#parts.duty.announce(author) };
  }

  async relay({ limit }: RelayRequest): Promise<void> {
    await this.#parts.duty.relay(limit);
  }

  async tickets(peer?: Name): Promise<TicketRing> {
    const { tickets } = this.#parts;
    const nodes = this.#inService().desired.configuration.ha?.nodes ?? [];
    if (peer !== undefined && peer !== operatorName && nodes.every(({ name }) => name !== peer)) {
      const mend = 'give it a place in `ha.nodes` of the declaration';
      throw new Failure('not-of-the-pair', `${peer} is no node of the pair`, mend);
    }
    if (tickets.ring !== undefined) return tickets.ring;
    const mend = 'see what the controller said when it was started';
    throw new Failure('state-not-shared', 'this machine keeps no keys of TLS tickets', mend);
  }

  /** Ends HAProxy; requests may finish first, for a limited time. */
  async stop(): Promise<void> {
    await this.#parts.serving.end(stopDeadline);
  }

  /** Ends HAProxy at once, also while {@link stop} waits for requests. */
  async stopNow(): Promise<void> {
    await this.#parts.serving.endNow();
  }

  async down(): Promise<void> {
    await this.stop();
    this.#parts.onDown();
  }

  #answerWith(intents: readonly Intent[]): IntentsAnswer {
    const configuration = this.#parts.serving.now?.desired.configuration;
    return {
      intents: intents.map(
        (intent): IntentInForce => ({
          ...intent,
          servers: configuration === undefined ? [] : serversOf(intent.target, configuration),
        }),
      ),
    };
  }

  #inService() {
    const { now } = this.#parts.serving;
    if (now !== undefined) return now;
    throw new Failure(
      'not-running',
      'nothing is in service: the controller is starting or ending',
      'ask again in a moment',
    );
  }

  #stored(number: number) {
    const revision = this.#parts.serving.parts.store.revisions.get(number);
    if (revision === undefined) throw unknownRevision(number);
    return revision;
  }
}

/** What differs in one file, which one side may be without. */
function fileDiff(path: string, before: Rendering | undefined, after: Rendering): string {
  return unifiedDiff(
    { name: `${path} in service`, text: before === undefined ? '' : textOf(before, path) },
    { name: `${path} planned`, text: textOf(after, path) },
  );
}

/** What this machine shares with others, or keeps over reloads. */
async function sharedBy(
  { peers, tickets }: Pick<LocalControllerParts, 'peers' | 'tickets'>,
  ir: HaproxyIr,
): Promise<Pick<Status, 'peers' | 'tickets'>> {
  const known = ir.global.peers === undefined ? undefined : await peers();
  const kept = tickets.status();
  return {
    ...(known === undefined
      ? {}
      : { peers: known.map(({ name, connected }) => ({ node: name as Name, connected })) }),
    ...(kept === undefined ? {} : { tickets: kept }),
  };
}
