import type { Emitter } from './emitter.ts';
import { absolutePath } from './quote.ts';

/** Lets the controller ask the running process, rather than a file, which generation it serves. */
export function renderIdentity(out: Emitter, socket: string, digest: string): void {
  out.section(undefined, 'frontend', 'aorta.identity', 'from', 'aorta');
  out.remark('Answers with the digest of this generation; not reachable from the network.');
  out.line(undefined, 'bind', `unix@${absolutePath(socket)}`, 'name', 'identity', 'mode', '600');
  out.line(undefined, 'maxconn', '10');
  out.line(undefined, 'timeout', 'client', '5s');
  out.line(
    undefined,
    'http-request',
    'return',
    'status',
    '200',
    'content-type',
    'text/plain',
    'string',
    digest,
  );
}
