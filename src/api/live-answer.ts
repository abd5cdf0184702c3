import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ChangeAnswer, ProblemAnswer } from '../contract/answers.ts';
import type { OnProgress } from '../contract/controller.ts';

/**
 * Answers with server-sent events when the caller takes them: `progress` as often as there is some, and at the end
 * `answer` or `problem`. What is refused before any progress was made is an ordinary problem document. A caller that
 * goes away does not stop the change.
 * @param toProblem what an error means to the caller
 */
export async function answerLive(
  request: FastifyRequest,
  reply: FastifyReply,
  change: (onProgress: OnProgress) => Promise<ChangeAnswer>,
  toProblem: (error: unknown) => ProblemAnswer,
): Promise<FastifyReply> {
  if (!takesEvents(request)) return reply.send(await change(() => undefined));
  let begun = false;
  const send = (event: string, data: object) => {
    if (!begun) begin(reply);
    begun = true;
    // JSON has no line breaks, so that one line always holds it.
    if (!reply.raw.destroyed) reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  try {
    send('answer', await change((progress) => send('progress', progress)));
  } catch (error) {
    if (!begun) throw error;
    send('problem', toProblem(error));
  }
  reply.raw.end();
  return reply;
}

function begin(reply: FastifyReply): void {
  reply.hijack();
  // Writing to a caller that has just gone away is no failure of the change.
  reply.raw.on('error', () => undefined);
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
}

function takesEvents({ headers }: FastifyRequest): boolean {
  const types = (headers.accept ?? '').split(',').map((type) => type.split(';')[0]?.trim());
  return types.includes('text/event-stream');
}
