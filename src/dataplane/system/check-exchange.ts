import type { Socket } from 'node:net';
import type { CheckRequestIr } from '../../ir/haproxy.ts';

/** What came back to the request of a health check. */
export type CheckAnswer =
  | { readonly kind: 'status'; readonly status: number }
  /** What came is not the head of an HTTP answer, or is longer than HAProxy would read. */
  | { readonly kind: 'garbled' }
  /** The server ended the connection before there was an answer. */
  | { readonly kind: 'ended' }
  /** The code of the system or of OpenSSL. */
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'timeout' };

/** HAProxy's buffer: a longer head fails its check too. */
const longestHead = 16_384;

/**
 * Sends the request of a health check on an open connection and reads up to the end of the head of the answer. The
 * caller destroys the socket. Never throws.
 * @param limit in milliseconds
 */
export function exchange(socket: Socket, request: CheckRequestIr, limit: number): Promise<CheckAnswer> {
  return new Promise((resolve) => {
    let head = '';
    const settle = (answer: CheckAnswer): void => {
      clearTimeout(timer);
      socket.off('data', read);
      resolve(answer);
    };
    const read = (part: Buffer): void => {
      head += part.toString('latin1');
      const end = /\r?\n\r?\n/.exec(head)?.index;
      if (end !== undefined && end < longestHead) settle(statusOf(head.slice(0, end)));
      else if (head.length >= longestHead || !mayBeHttp(head)) settle({ kind: 'garbled' });
    };
    const timer = setTimeout(() => settle({ kind: 'timeout' }), limit);
    socket.on('data', read);
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: 'error', code: error.code ?? 'unknown' }),
    );
    socket.once('end', () => settle(head === '' ? { kind: 'ended' } : { kind: 'garbled' }));
    socket.once('close', () => settle({ kind: 'ended' }));
    socket.write(requestText(request));
  });
}

/** Byte for byte what HAProxy makes of the lines that the renderer writes for a check. */
function requestText({ method, path, host }: CheckRequestIr): string {
  const agent = 'user-agent: aorta-check';
  const lines =
    host === undefined
      ? [`${method} ${path} HTTP/1.0`, agent]
      : [`${method} ${path} HTTP/1.1`, `host: ${host}`, agent, 'connection: close'];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function mayBeHttp(head: string): boolean {
  return head.length < 5 ? 'HTTP/'.startsWith(head) : head.startsWith('HTTP/');
}

function statusOf(head: string): CheckAnswer {
  const [first = '', ...fields] = head.split(/\r?\n/);
  const status = /^HTTP\/1\.\d (\d{3})(?: |$)/.exec(first)?.[1];
  const sound = fields.every((field) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/.test(field));
  return status === undefined || !sound ? { kind: 'garbled' } : { kind: 'status', status: Number(status) };
}
