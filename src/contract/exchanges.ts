import type { Status } from '../model/status.ts';
import type {
  AnnounceAnswer,
  ChangeAnswer,
  ConfigurationAnswer,
  DriftAnswer,
  GiveAnswer,
  IntentsAnswer,
  PlanAnswer,
  RetireAnswer,
  RevisionAnswer,
  RevisionsAnswer,
  TicketsAnswer,
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
  Operation,
  PlanRequest,
  RehearsedRequest,
  RelayRequest,
  RetireRequest,
  RevisionRequest,
  RollbackRequest,
  TakeRequest,
  WithdrawRequest,
} from './operations.ts';

/** What each operation takes and answers. The request of a GET is what its path names. */
interface Exchanges {
  status: { request: undefined; answer: Status };
  /** The one answer that is no JSON. */
  metrics: { request: undefined; answer: string };
  configuration: { request: undefined; answer: ConfigurationAnswer };
  apply: { request: ApplyRequest; answer: ChangeAnswer };
  plan: { request: PlanRequest; answer: PlanAnswer };
  confirm: { request: ConfirmRequest; answer: ChangeAnswer };
  rollback: { request: RollbackRequest; answer: ChangeAnswer };
  certificate: { request: CertificateRequest; answer: ChangeAnswer };
  revisions: { request: undefined; answer: RevisionsAnswer };
  revision: { request: RevisionRequest; answer: RevisionAnswer };
  intents: { request: undefined; answer: IntentsAnswer };
  intend: { request: IntentRequest; answer: IntentsAnswer };
  enable: { request: EnableRequest; answer: IntentsAnswer };
  drift: { request: undefined; answer: DriftAnswer };
  resolveDrift: { request: DriftRequest; answer: DriftAnswer };
  take: { request: TakeRequest; answer: object };
  give: { request: GiveRequest; answer: GiveAnswer };
  retire: { request: RetireRequest; answer: RetireAnswer };
  makeWay: { request: MakeWayRequest; answer: object };
  settle: { request: undefined; answer: object };
  rehearsed: { request: RehearsedRequest; answer: object };
  withdraw: { request: WithdrawRequest; answer: WithdrawAnswer };
  announce: { request: AnnounceRequest; answer: AnnounceAnswer };
  relay: { request: RelayRequest; answer: object };
  tickets: { request: undefined; answer: TicketsAnswer };
  down: { request: undefined; answer: object };
}

export type RequestOf<O extends Operation> = Exchanges[O]['request'];
export type AnswerOf<O extends Operation> = Exchanges[O]['answer'];
