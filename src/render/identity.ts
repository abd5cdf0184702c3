import type { Emitter } from './emitter.ts';
import { absolutePath } from './quote.ts';

/** Holds the digest of the generation. A variable, because the runtime API can change it together with what it changes. */
const variable = 'proc.generation';

/** The line of the global section that sets the digest. */
export function renderGeneration(out: Emitter, digest: string): void {
  out.line(undefined, 'set-var', variable, `str(${digest})`);
}

/** Lets the controller ask the running process, rather than a file, which generation it serves. */
export function renderIdentity(out: Emitter, socket: string): void {
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
    'lf-string',
    `%[var(${variable})]`,
  );
}
