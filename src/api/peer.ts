import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Failure } from '../kernel/failure.ts';
import { isName, type Name } from '../model/name.ts';

/**
 * The name in the certificate that was shown on a connection.
 * @throws Failure `not-of-the-pair` when there is none that could stand in the history
 */
function peerName(socket: TLSSocket): Name {
  // Somebody else's certificate may hold the name several times.
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  if (typeof name === 'string' && isName(name)) return name;
  const mend = 'use the keys that `aorta pair keys` made';
  throw new Failure('not-of-the-pair', 'the certificate does not name a node or the operator', mend);
}

/** Who asks; undefined through the control socket, which belongs to the account of the controller. */
export function peerOf({ raw }: Pick<FastifyRequest, 'raw'>): Name | undefined {
  return raw.socket instanceof TLSSocket ? peerName(raw.socket) : undefined;
}

/** Refuses who has a certificate of the pair, and no name. Requests through the control socket need none. */
export function requirePeer(request: FastifyRequest): void {
  peerOf(request);
}

/** Puts who called over the network before what they call themselves: the one is proven, the other is not. */
export function signByPeer({ raw, body, routeOptions }: FastifyRequest): void {
  const peer = peerOf({ raw });
  if (peer === undefined) return;
  const schema = routeOptions.schema?.body;
  if (!(schema instanceof z.ZodObject && 'author' in schema.shape)) return;
  const claim = body as { author?: string };
  claim.author = claim.author === undefined ? peer : `${peer}/${claim.author}`;
}
