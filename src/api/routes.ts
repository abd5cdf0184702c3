import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ProblemAnswer, TicketsAnswer } from '../contract/answers.ts';
import type { Controller } from '../contract/controller.ts';
import {
  AnnounceRequest,
  ApplyRequest,
  CertificateRequest,
  ConfirmRequest,
  DriftRequest,
  EnableRequest,
  GiveRequest,
  IntentRequest,
  MakeWayRequest,
  type Operation,
  operations,
  PlanRequest,
  RehearsedRequest,
  RelayRequest,
  RetireRequest,
  RevisionRequest,
  RollbackRequest,
  TakeRequest,
  WithdrawRequest,
} from '../contract/operations.ts';
import { Failure } from '../kernel/failure.ts';
import { revealRing } from '../model/ticket-ring.ts';
import { contentType } from '../observe/metrics/exposition.ts';
import { entityTag, type WantedRevision, wantedRevision } from './entity-tag.ts';
import { answerLive } from './live-answer.ts';
import { peerOf } from './peer.ts';

/** Every operation of the contract, and the description of all of them. */
export function addRoutes(
  api: FastifyInstance,
  controller: Controller,
  toProblem: (error: unknown) => ProblemAnswer,
): void {
  const typed = api.withTypeProvider<ZodTypeProvider>();

  typed.get(operations.status.path, { schema: named('status') }, () => controller.status());
  typed.get(operations.metrics.path, { schema: named('metrics') }, async (_request, reply) =>
    reply.type(contentType).send(await controller.metrics()),
  );
  typed.get(operations.configuration.path, { schema: named('configuration') }, async (_request, reply) => {
    const answer = await controller.configuration();
    reply.header('etag', entityTag(answer));
    return answer;
  });
  typed.post(
    operations.apply.path,
    { schema: { ...named('apply'), body: ApplyRequest } },
    async (request, reply) => {
      const wanted = wantedRevision(request.headers['if-match']);
      if (wanted !== undefined) await refuseOther(wanted, controller);
      return answerLive(
        request,
        reply,
        (onProgress) => controller.apply(request.body, onProgress, wanted?.revision),
        toProblem,
      );
    },
  );
  typed.post(operations.plan.path, { schema: { ...named('plan'), body: PlanRequest } }, ({ body }) =>
    controller.plan(body),
  );
  typed.post(operations.confirm.path, { schema: { ...named('confirm'), body: ConfirmRequest } }, ({ body }) =>
    controller.confirm(body),
  );
  typed.post(
    operations.rollback.path,
    { schema: { ...named('rollback'), body: RollbackRequest } },
    (request, reply) =>
      answerLive(request, reply, (onProgress) => controller.rollback(request.body, onProgress), toProblem),
  );
  typed.post(
    operations.certificate.path,
    { schema: { ...named('certificate'), body: CertificateRequest } },
    (request, reply) =>
      answerLive(request, reply, (onProgress) => controller.certificate(request.body, onProgress), toProblem),
  );
  typed.get(operations.revisions.path, { schema: named('revisions') }, () => controller.revisions());
  typed.get(
    operations.revision.path,
    { schema: { ...named('revision'), params: RevisionRequest } },
    ({ params }) => controller.revision(params.revision),
  );
  typed.get(operations.intents.path, { schema: named('intents') }, () => controller.intents());
  typed.post(operations.intend.path, { schema: { ...named('intend'), body: IntentRequest } }, ({ body }) =>
    controller.intend(body),
  );
  typed.post(operations.enable.path, { schema: { ...named('enable'), body: EnableRequest } }, ({ body }) =>
    controller.enable(body),
  );
  typed.get(operations.drift.path, { schema: named('drift') }, () => controller.drift());
  typed.post(
    operations.resolveDrift.path,
    { schema: { ...named('resolveDrift'), body: DriftRequest } },
    ({ body }) => controller.resolveDrift(body),
  );
  typed.post(operations.take.path, { schema: { ...named('take'), body: TakeRequest } }, async ({ body }) => {
    await controller.take(body);
    return {};
  });
  typed.post(operations.give.path, { schema: { ...named('give'), body: GiveRequest } }, ({ body }) =>
    controller.give(body),
  );
  typed.post(operations.retire.path, { schema: { ...named('retire'), body: RetireRequest } }, ({ body }) =>
    controller.retire(body),
  );
  typed.post(
    operations.makeWay.path,
    { schema: { ...named('makeWay'), body: MakeWayRequest } },
    async ({ body }) => {
      await controller.makeWay(body);
      return {};
    },
  );
  typed.post(operations.settle.path, { schema: named('settle') }, async () => {
    await controller.settle();
    return {};
  });
  typed.post(
    operations.rehearsed.path,
    { schema: { ...named('rehearsed'), body: RehearsedRequest } },
    async ({ body }) => {
      await controller.rehearsed(body);
      return {};
    },
  );
  typed.post(
    operations.withdraw.path,
    { schema: { ...named('withdraw'), body: WithdrawRequest } },
    ({ body }) => controller.withdraw(body),
  );
  typed.post(
    operations.announce.path,
    { schema: { ...named('announce'), body: AnnounceRequest } },
    ({ body }) => controller.announce(body),
  );
  typed.post(
    operations.relay.path,
    { schema: { ...named('relay'), body: RelayRequest } },
    async ({ body }) => {
      await controller.relay(body);
      return {};
    },
  );
  typed.get(operations.tickets.path, { schema: named('tickets') }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const answer: TicketsAnswer = { keys: revealRing(await controller.tickets(peerOf(request))) };
    return answer;
  });
  typed.post(operations.down.path, { schema: named('down') }, async () => {
    await controller.down();
    return {};
  });
  api.get('/v1/openapi.json', () => api.swagger());
}

/** What the description calls an operation. */
function named(operation: Operation): { operationId: string; summary: string } {
  return { operationId: operation, summary: operations[operation].summary };
}

/**
 * The controller compares the number when the change begins; the digest of a number never changes, so it may be
 * compared before.
 */
async function refuseOther({ digest }: WantedRevision, controller: Controller): Promise<void> {
  if (digest === undefined) return;
  const inService = await controller.configuration();
  if (inService.digest.startsWith(digest)) return;
  throw new Failure(
    'revision-changed',
    `revision ${inService.revision} is in service, and not the one that If-Match names`,
    'look at what has changed, and try again',
  );
}
