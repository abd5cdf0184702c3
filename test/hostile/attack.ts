import { connect, type TLSSocket } from 'node:tls';
import { openRaw } from '../harness/raw-request.ts';
import { until } from '../harness/until.ts';
import type { HostileFront } from './front.ts';

/** What became of hostile bytes. */
export interface Outcome {
  /** What came back, as Latin-1. */
  readonly answer: string;
  /** `METHOD target` and the length of the body of what arrived at the servers, in order. */
  readonly arrived: readonly string[];
  /** What a strict server could not read. */
  readonly malformed: readonly string[];
  readonly unfinished: readonly string[];
  /** Milliseconds until the other side closed. */
  readonly took: number;
}

export type Protocol = 'http/1.1' | 'h2' | 'plain';

/**
 * Sends the bytes, over TLS or (`plain`) to the port that redirects, and waits until the other side closes.
 * @throws Error when it does not within bounds
 */
export async function attack(
  front: HostileFront,
  bytes: string | Uint8Array,
  protocol: Protocol = 'http/1.1',
  end: 'open' | 'half-closed' = 'open',
): Promise<Outcome> {
  const before = front.servers.map(({ requests, malformed }) => [requests.length, malformed.length] as const);
  const start = performance.now();
  const answer = await exchange(front, bytes, protocol, end);
  const took = Math.round(performance.now() - start);
  const since = <T>(pick: (server: HostileFront['servers'][number]) => readonly T[], at: 0 | 1) =>
    front.servers.flatMap((server, index) => pick(server).slice(before[index]?.[at] ?? 0));
  return {
    answer,
    took,
    arrived: since((server) => server.requests, 0).map(
      ({ method, target, body }) => `${method} ${target}${body === '' ? '' : ` +${body.length}`}`,
    ),
    malformed: since((server) => server.malformed, 1),
    unfinished: front.servers.flatMap((server) => server.unfinished()),
  };
}

/** Generous: the time limits of the tests are a second or two. */
const longest = 15_000;

async function exchange(
  { apis, redirect }: HostileFront,
  bytes: string | Uint8Array,
  protocol: Protocol,
  end: 'open' | 'half-closed',
): Promise<string> {
  const socket = protocol === 'plain' ? await openRaw(redirect) : await openTls(apis, protocol);
  let answer = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`not closed in ${longest} ms: ${JSON.stringify(answer.slice(0, 300))}`));
    }, longest);
    socket.on('data', (part) => {
      answer += part.toString('latin1');
    });
    // A reset is a way to close.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    const wire = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    if (end === 'open') socket.write(wire);
    else socket.end(wire);
  });
  return answer;
}

export function openTls(
  { address: host, port, ca, hostname: servername }: HostileFront['apis'],
  protocol: string,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca, servername, ALPNProtocols: [protocol] }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** What is left of a flood of requests may arrive later than the flood has ended. */
const unlessFlood = (what: string) => !/^(GET|POST) \/reset$/.test(what);

/** Other clients ask both servers over the connections that are open, and each gets its own answer. */
export async function expectNoDesync(front: HostileFront, name: string): Promise<void> {
  const host = `Host: ${front.apis.hostname}\r\nConnection: close`;
  for (const turn of ['first', 'second']) {
    const target = `/probe/${encodeURIComponent(name)}/${turn}`;
    const { answer, arrived } = await attack(front, `GET ${target} HTTP/1.1\r\n${host}\r\n\r\n`);
    const said = /^HTTP\/1\.1 200 .*\r\n\r\n(.*)$/s.exec(answer)?.[1];
    if (said !== `GET ${target}` || arrived.filter(unlessFlood).join() !== `GET ${target}`)
      throw new Error(
        `desync: ${target} got ${JSON.stringify(answer.slice(0, 400))}, ${arrived.join()} arrived`,
      );
  }
}

/** HAProxy says who it is; a worker that had died would be another one, or none. */
export async function workerOf({ haproxy }: HostileFront): Promise<string> {
  return until('HAProxy answers', async () => /^Pid: (\d+)$/m.exec(await haproxy.command('show info'))?.[1]);
}
