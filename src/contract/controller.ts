import type { Name } from '../model/name.ts';
import type { Status } from '../model/status.ts';
import type { TicketRing } from '../model/ticket-ring.ts';
import type {
  AnnounceAnswer,
  ChangeAnswer,
  ConfigurationAnswer,
  DriftAnswer,
  GiveAnswer,
  IntentsAnswer,
  PlanAnswer,
  Progress,
  RetireAnswer,
  RevisionAnswer,
  RevisionsAnswer,
  WithdrawAnswer,
} from './answers.ts';
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
} from './operations.ts';

/** Told about each stage of a change while it is under way. */
export type OnProgress = (progress: Progress) => void;

/** What the faces may ask of the controller; one method an operation. All throw a Failure for what they refuse. */
export interface Controller {
  status(): Promise<Status>;
  /** As text in UTF-8. */
  metrics(): Promise<Buffer>;
  configuration(): Promise<ConfigurationAnswer>;
  /** @param ifRevision refuse with `revision-changed` when another one is in service */
  apply(request: ApplyRequest, onProgress: OnProgress, ifRevision?: number): Promise<ChangeAnswer>;
  plan(request: PlanRequest): Promise<PlanAnswer>;
  confirm(request: ConfirmRequest): Promise<ChangeAnswer>;
  rollback(request: RollbackRequest, onProgress: OnProgress): Promise<ChangeAnswer>;
  certificate(request: CertificateRequest, onProgress: OnProgress): Promise<ChangeAnswer>;
  /** The newest first. */
  revisions(): Promise<RevisionsAnswer>;
  revision(number: number): Promise<RevisionAnswer>;
  intents(): Promise<IntentsAnswer>;
  /** Answers with what is in force about the target now. */
  intend(request: IntentRequest): Promise<IntentsAnswer>;
  /** Answers with the intents that were ended. */
  enable(request: EnableRequest): Promise<IntentsAnswer>;
  drift(): Promise<DriftAnswer>;
  /** Answers with what is left. */
  resolveDrift(request: DriftRequest): Promise<DriftAnswer>;
  take(request: TakeRequest): Promise<void>;
  give(request: GiveRequest): Promise<GiveAnswer>;
  retire(request: RetireRequest): Promise<RetireAnswer>;
  makeWay(request: MakeWayRequest): Promise<void>;
  settle(): Promise<void>;
  rehearsed(request: RehearsedRequest): Promise<void>;
  withdraw(request: WithdrawRequest): Promise<WithdrawAnswer>;
  announce(request: AnnounceRequest): Promise<AnnounceAnswer>;
  relay(request: RelayRequest): Promise<void>;
  /** @param peer who asks over the network; absent: the account of the controller. @throws Failure `not-of-the-pair` */
  tickets(peer?: Name): Promise<TicketRing>;
  /** Resolves when HAProxy has ended; the controller ends after its answer was sent. */
  down(): Promise<void>;
}
