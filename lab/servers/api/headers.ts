import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Sets what every answer of an API server carries, whatever else happens to the request. */
export function setCommonHeaders(request: IncomingMessage, response: ServerResponse, server: string): void {
  response.setHeader('mtrestapi-requestid', randomUUID());
  response.setHeader('traceparent', nextTraceparent(request.headers.traceparent));
  response.setHeader('strict-transport-security', 'max-age=31536000');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('permissions-policy', 'geolocation=(), camera=(), microphone=()');
  response.setHeader('x-lab-server', server);
  if (request.headers.origin !== undefined) {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'mtrestapi-requestid, content-location, location');
  }
}

/** Continues the caller's trace with a span of our own, or begins one. */
function nextTraceparent(received: string | string[] | undefined): string {
  const match = typeof received === 'string' ? TRACEPARENT.exec(received) : null;
  const [, trace = randomBytes(16).toString('hex'), flags = '01'] = match ?? [];
  return `00-${trace}-${randomBytes(8).toString('hex')}-${flags}`;
}
