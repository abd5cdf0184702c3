import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { BlockList, type Socket } from 'node:net';
import type { Clock } from '../kernel/clock.ts';
import { isIpv6, type Network, toAddress } from '../model/address.ts';
import type { Endpoint } from '../model/endpoint.ts';
import { contentType } from '../observe/metrics/exposition.ts';
import { listenRefusal } from './listen-refusal.ts';
import { RefusedPeers } from './refused-peers.ts';

export interface MetricsService {
  readonly endpoint: Endpoint;
  /** Who may ask. */
  readonly from: readonly Network[];
  /** What is answered; see `Metrics`. */
  readonly text: () => Promise<Buffer>;
  readonly clock: Pick<Clock, 'now'>;
  /** Told what was refused, rate limited. */
  readonly onNote: (note: string) => void;
  readonly onBug: (error: unknown) => void;
}

export interface ServedMetrics {
  /** Ends it at once: whoever reads asks again. */
  close(): Promise<void>;
}

/** Prometheus opens one, and hospitals have two of them. All that read at once share the bytes of one text. */
const mostConnections = 8;
/** A request of Prometheus has some hundred bytes. */
const largestHeader = 8 * 1024;
/** For the request to arrive, in milliseconds. */
const arrival = 5_000;
/** How often it is looked who has taken too long, in milliseconds. */
const lookRhythm = 1_000;
/** From the first byte to the last, in milliseconds: 11 MB over a line of 10 Mbit/s take 9 s. */
const longest = 30_000;

const elsewhere = 'it comes from a network that `metrics` of the node file does not name';

/**
 * Serves `GET /metrics` over HTTP to the networks that may ask, and nothing else to anybody. Each connection serves one
 * request: one that is kept would take a place.
 * @throws Failure when it cannot listen there
 */
export async function serveMetrics({
  endpoint,
  from,
  text,
  clock,
  onNote,
  onBug,
}: MetricsService): Promise<ServedMetrics> {
  const allowed = listOf(from);
  const refused = new RefusedPeers(clock, onNote, 'for metrics');
  const server = createServer({
    maxHeaderSize: largestHeader,
    headersTimeout: arrival,
    requestTimeout: arrival,
    connectionsCheckingInterval: lookRhythm,
  });
  let open = 0;
  // Before a byte of it is read. Node's own limit would count those, too, who may not ask.
  server.prependListener('connection', (socket: Socket) => {
    const mayAsk = isAllowed(socket.remoteAddress, allowed);
    if (!mayAsk || open >= mostConnections) {
      refused.note(mayAsk ? 'there are too many connections' : elsewhere);
      socket.destroy();
      return;
    }
    open += 1;
    const timer = setTimeout(() => socket.destroy(), longest);
    socket.once('close', () => {
      open -= 1;
      clearTimeout(timer);
    });
  });
  server.on('request', (request, response) => {
    answer(request, response, text).catch((error: unknown) => {
      onBug(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    const onError = (error: unknown) =>
      reject(listenRefusal(error, endpoint, { subject: 'metrics are', key: 'metrics' }));
    server.once('error', onError);
    server.listen(endpoint.port, endpoint.host, () => {
      server.removeListener('error', onError);
      // Such as no descriptor left to accept one: it is there again for the next.
      server.on('error', () => refused.note('the system had no room for it'));
      resolve();
    });
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
  text: () => Promise<Buffer>,
): Promise<void> {
  response.setHeader('connection', 'close');
  if (method !== 'GET' || url.split('?')[0] !== '/metrics') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('there is GET /metrics only\n');
    return;
  }
  const bytes = await text();
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': bytes.length,
    'cache-control': 'no-store',
  });
  response.end(bytes);
}

function listOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', length] = network.split('/');
    list.addSubnet(base, Number(length), base.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** @param remote absent: it has gone already */
function isAllowed(remote: string | undefined, allowed: BlockList): boolean {
  // A link-local address names its interface.
  const address = toAddress((remote ?? '').split('%')[0] ?? '');
  return address !== undefined && allowed.check(address, isIpv6(address) ? 'ipv6' : 'ipv4');
}
