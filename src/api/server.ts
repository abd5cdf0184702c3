import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ProblemAnswer } from '../contract/answers.ts';
import type { Controller } from '../contract/controller.ts';
import { ApplyRequest, operations } from '../contract/operations.ts';
import { Failure } from '../kernel/failure.ts';

/** A declaration of 16 MiB and its certificates, in base64. */
const largestRequest = 64 * 1024 * 1024;

/**
 * The API of the controller. It carries no traffic of clients, and is reached through a private socket only.
 * @param onBug told what happened when an operation throws what is no refusal
 */
export function createApi(controller: Controller, onBug: (error: unknown) => void): FastifyInstance {
  const api = fastify({ logger: false, bodyLimit: largestRequest, forceCloseConnections: 'idle' });
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(serializerCompiler);
  api.setErrorHandler((error, _request, reply) => {
    const status = error instanceof Failure ? 409 : statusOf(error);
    if (status === 500) onBug(error);
    return reply.status(status).send(toAnswer(error, status));
  });
  const typed = api.withTypeProvider<ZodTypeProvider>();
  typed.get(operations.status.path, () => controller.status());
  typed.post(operations.apply.path, { schema: { body: ApplyRequest } }, (request) =>
    controller.apply(request.body),
  );
  typed.post(operations.down.path, async () => {
    await controller.down();
    return {};
  });
  return api;
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

function toAnswer(error: unknown, status: number): ProblemAnswer {
  if (error instanceof Failure) return { error: { code: error.code, what: error.message, mend: error.mend } };
  const what = status < 500 ? 'the request is not one of this API' : 'the controller met a bug';
  return { error: { code: 'controller-bug', what, mend: 'report it with the output of the controller' } };
}
