import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where raw bytes go: with `ca` over TLS, else plain. */
export interface RawEnd {
  readonly address: string;
  readonly port: number;
  readonly hostname: string;
  readonly ca?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** The head as it came, without the body. */
  readonly head: string;
  readonly body: Buffer;
}

/** An HTTP/1.1 connection that says only what it is told. */
export function openRaw(end: RawEnd): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { address: host, port, ca, hostname: servername } = end;
    const socket =
      ca === undefined
        ? connectTcp(port, host, () => resolve(socket))
        : connectTls({ host, port, ca, servername, ALPNProtocols: ['http/1.1'] }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends the bytes as they are, reads until the other side closes, and takes the last answer apart. */
export async function rawRequest(
  end: RawEnd,
  bytes: string | Uint8Array,
  milliseconds = 20_000,
): Promise<RawAnswer> {
  const socket = await openRaw(end);
  const parts: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('the answer did not end in time')), milliseconds);
    socket.on('data', (part) => parts.push(part));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
  return parseAnswer(Buffer.concat(parts));
}

/** A request that asks for the end of the connection after its answer. */
export function head(method: string, target: string, end: RawEnd, lines: readonly string[] = []): string {
  return [
    `${method} ${target} HTTP/1.1`,
    `Host: ${end.hostname}`,
    'Connection: close',
    ...lines,
    '',
    '',
  ].join('\r\n');
}

/** Skips interim answers and puts a chunked body together. Status 0: nothing that looks like an answer came. */
export function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return { status: 0, head: '', body: bytes };
  const text = bytes.subarray(0, end).toString('latin1');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
  const rest = bytes.subarray(end + 4);
  if (status >= 100 && status < 200 && status !== 101) return parseAnswer(rest);
  return { status, head: text, body: /^transfer-encoding: *chunked/im.test(text) ? unchunk(rest) : rest };
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line === -1) return Buffer.concat(parts);
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
