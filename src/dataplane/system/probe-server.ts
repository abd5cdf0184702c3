import type { CheckRequestIr } from '../../ir/haproxy.ts';
import { unreachable } from '../../kernel/bug.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ProbeResult, ServerProbe } from '../probe-port.ts';
import { type CheckAnswer, exchange } from './check-exchange.ts';
import { openPlain, openTls } from './open-server.ts';
import type { TlsTarget } from './tls-handshake.ts';

/**
 * Tries one server as its health check will: connects, shakes hands for an https check, asks for an http or https
 * check, and in the end connects to its further port. An http check is plain although the pool speaks TLS, and a tcp check only connects: the check says how it
 * connects, not the server. Sends nothing but the request of the check. Never throws.
 * @param timeLimit of the whole, in milliseconds
 */
export async function probeServer(
  server: ServerProbe,
  timeLimit: number,
  clock: Clock,
): Promise<ProbeResult> {
  const started = performance.now();
  const { check } = server;
  const opened =
    check.kind === 'https'
      ? await openTls(tlsTarget(server), timeLimit, clock)
      : await openPlain({ address: server.address, port: check.port ?? server.port }, timeLimit);
  try {
    if (opened.fault !== undefined) return { kind: 'failed', what: opened.fault };
    const left = () => Math.max(0, timeLimit - (performance.now() - started));
    if (check.kind !== 'tcp') {
      const answer = await exchange(opened.socket, check.request, left());
      const result = judge(answer, check.request, timeLimit);
      if (result.kind === 'failed') return result;
    }
    return check.alsoPort === undefined
      ? { kind: 'passed' }
      : await tryFurther(server, check.alsoPort, left());
  } finally {
    opened.socket.destroy();
  }
}

/** Plain, whatever the rest of the check speaks. */
async function tryFurther({ address }: ServerProbe, port: number, limit: number): Promise<ProbeResult> {
  const { socket, fault } = await openPlain({ address, port }, limit);
  socket.destroy();
  if (fault === undefined) return { kind: 'passed' };
  return { kind: 'failed', what: `its port ${port} does not accept connections: ${fault}` };
}

function tlsTarget({ address, port, check, tls }: ServerProbe): TlsTarget {
  const askFor = check.kind === 'https' ? check.sni : undefined;
  const mustCover = tls?.authorities === undefined ? undefined : (askFor ?? tls.serverName);
  return {
    address,
    port: check.port ?? port,
    ...(askFor === undefined ? {} : { askFor }),
    ...(tls?.authorities === undefined ? {} : { authorities: tls.authorities }),
    ...(mustCover === undefined ? {} : { mustCover }),
  };
}

function judge(answer: CheckAnswer, { expectStatus }: CheckRequestIr, limit: number): ProbeResult {
  const failed = (what: string): ProbeResult => ({ kind: 'failed', what });
  switch (answer.kind) {
    case 'status':
      if (expectStatus.includes(answer.status)) return { kind: 'passed' };
      return failed(
        `the health check was answered with ${answer.status} instead of ${expectStatus.join(' or ')}`,
      );
    case 'garbled':
      return failed('what answers the health check is not HTTP');
    case 'ended':
      return failed('the server closes the connection without answering the health check');
    case 'error':
      return failed(answerErrorCause(answer.code));
    case 'timeout':
      return failed(`the health check was not answered within ${Math.round(limit)} ms`);
    default:
      return unreachable(answer, 'answer to a health check');
  }
}

function answerErrorCause(code: string): string {
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the server closes the connection without answering the health check';
    // With TLS 1.3 a server says so only after the handshake.
    case 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED':
      return 'the server demands a certificate of the balancer';
    default:
      return `the connection fails during the health check (${code})`;
  }
}
