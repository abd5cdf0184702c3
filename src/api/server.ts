import type { ServerOptions } from 'node:https';
import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { ProblemAnswer } from '../contract/answers.ts';
import type { Controller } from '../contract/controller.ts';
import { operations } from '../contract/operations.ts';
import { requirePeer, signByPeer } from './peer.ts';
import { problem, problemOf, validate } from './problem.ts';
import { addRoutes } from './routes.ts';

/** A declaration of 16 MiB and its certificates, in base64. */
const largestRequest = 64 * 1024 * 1024;

/** Within this time a request must have arrived, in milliseconds: also a large one over a slow line. */
const arrival = 120_000;

/**
 * The API of the controller. It carries no traffic of clients, and is reached through a private socket, or by who has
 * a certificate of the pair.
 * @param onBug told what happened when an operation throws what is no refusal
 * @param tls how it is reached over the network; absent: through a socket
 */
export function createApi(
  controller: Controller,
  onBug: (error: unknown) => void,
  tls?: ServerOptions,
): FastifyInstance {
  const toProblem = (error: unknown): ProblemAnswer => {
    const answer = problemOf(error);
    if (answer.code === 'controller-bug') onBug(error);
    return answer;
  };
  const refuse = (error: unknown, reply: FastifyReply) => {
    const answer = toProblem(error);
    return reply.status(answer.status).type('application/problem+json').send(answer);
  };
  const options = {
    logger: false,
    bodyLimit: largestRequest,
    requestTimeout: arrival,
    forceCloseConnections: 'idle',
    // What is wrong with a request before it has a route, such as an address that cannot be decoded.
    frameworkErrors: (error, _request, reply) => void refuse(error, reply),
    ...(tls === undefined ? {} : { https: tls }),
  } satisfies FastifyServerOptions & { readonly https?: ServerOptions };
  const api = fastify(options);
  api.setValidatorCompiler<z.ZodType>(
    ({ schema }) =>
      (data) =>
        validate(schema, data),
  );
  api.setErrorHandler((error, _request, reply) => refuse(error, reply));
  api.addHook('onRequest', async (request) => requirePeer(request));
  api.addHook('preHandler', async (request) => signByPeer(request));
  api.setNotFoundHandler(({ method, url }, reply) => {
    const allowed = methodsOf(url);
    const answer = problem(
      'bad-request',
      allowed.length === 0 ? 'there is no such path' : `this path does not take ${method}`,
      'see GET /v1/openapi.json for what there is',
      allowed.length === 0 ? 404 : 405,
    );
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    return reply.status(answer.status).type('application/problem+json').send(answer);
  });
  api.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Aorta', version: '1' } },
    transform: jsonSchemaTransform,
  });
  // After the description, which learns of routes as they are added.
  api.register(async (described) => addRoutes(described, controller, toProblem));
  return api;
}

/** What can be asked of a path; empty when there is no such path. */
function methodsOf(url: string): readonly string[] {
  const [path = ''] = url.split('?');
  const fits = (pattern: string) => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(path);
  return Object.values(operations)
    .filter((operation) => fits(operation.path))
    .map(({ method }) => method);
}
