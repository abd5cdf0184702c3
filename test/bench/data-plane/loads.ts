import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { hostname } from './place.ts';
import { onCores, otherCores } from './processes.ts';

const run = promisify(execFile);

/** Where a load goes. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

export interface Sent {
  readonly requests: number;
  readonly seconds: number;
}

/** As an application sends it: about 330 bytes. */
const accept = 'accept: application/fhir+json';
const opaqueToken = 'eyJhbGciOiJSUzI1NiJ9.'.padEnd(180, 'x');

export interface H2loadOptions {
  readonly version: 'http1' | 'http2';
  readonly clients: number;
  /** Requests under way on each connection. */
  readonly streams?: number;
  readonly path: string;
  /** A file of URLs, one in a line: each client asks for one after the other. `path` is nothing then. */
  readonly urls?: string;
  /** Requests a second of each client; absent: as fast as it goes. */
  readonly rate?: number;
  /** Gets a line for each request. */
  readonly log?: string;
  /** A file of JSON: requests are POSTs of it. */
  readonly body?: string;
  /** What the bearer token is; absent: something of its length. */
  readonly token?: string;
  /** Lines that requests have besides. */
  readonly headers?: readonly string[];
}

/** So many requests over kept connections. @throws Error unless every answer is 2xx */
export async function h2load(
  { address, port }: Target,
  requests: number,
  {
    version,
    clients,
    streams = 1,
    path,
    urls,
    rate,
    log,
    body,
    token = opaqueToken,
    headers = [],
  }: H2loadOptions,
): Promise<Sent> {
  const [program, ...words] = onCores(otherCores, [
    'h2load',
    ...(version === 'http1' ? ['--h1'] : []),
    ...['-t', '1', '-n', String(requests), '-c', String(clients), '-m', String(streams)],
    ...[accept, `authorization: Bearer ${token}`, ...headers].flatMap((header) => ['-H', header]),
    ...(rate === undefined ? [] : [`--rps=${rate}`]),
    ...(log === undefined ? [] : [`--log-file=${log}`]),
    ...(body === undefined ? [] : ['-d', body, '-H', 'content-type: application/fhir+json']),
    `--connect-to=${address}:${port}`,
    ...(urls === undefined ? [`https://${hostname}:${port}${path}`] : ['-i', urls]),
  ]);
  const { stdout } = await run(program, words, { maxBuffer: 1024 * 1024 * 16 });
  const counted = /(\d+) succeeded, (\d+) failed/.exec(stdout);
  const good = /status codes: (\d+) 2xx/.exec(stdout);
  if (Number(counted?.[1]) !== requests || Number(good?.[1]) !== requests)
    throw new Error(`h2load to ${address}:${port} did not get ${requests} good answers:\n${stdout}`);
  const took = /finished in ([\d.]+)(us|ms|s),/.exec(stdout);
  const unit = { us: 1e-6, ms: 1e-3, s: 1 }[took?.[2] ?? 's'] ?? 1;
  return { requests, seconds: Number(took?.[1]) * unit };
}

/** The times of requests in a log of h2load, in milliseconds, the shortest first. @param skipped the share of the first ones */
export async function latencies(log: string, skipped: number): Promise<Float64Array> {
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
  const counted = lines.slice(Math.floor(lines.length * skipped));
  return Float64Array.from(counted, (line) => Number(line.split('\t')[2]) / 1_000).sort();
}

export interface HandshakeOptions {
  readonly kind: 'new' | 'resumed';
  readonly atOnce: number;
  readonly path: string;
  /** Of the key exchange, such as `P-384`; absent: X25519. */
  readonly groups?: string;
}

/**
 * So many connections with one request each.
 * @param program the compiled `handshakes.c`
 * @throws Error unless sessions are resumed in all of them, or in none, as asked
 */
export async function handshakes(
  program: string,
  { address, port }: Target,
  connections: number,
  { kind, atOnce, path, groups }: HandshakeOptions,
): Promise<Sent> {
  const words = [program, address, String(port), hostname, path, String(connections), String(atOnce), kind];
  if (groups !== undefined) words.push(groups);
  const [first, ...rest] = onCores(otherCores, words);
  const { stdout } = await run(first, rest);
  const [requests = 0, resumed = 0, seconds = 0] = stdout.trim().split(' ').map(Number);
  if (resumed !== (kind === 'new' ? 0 : requests))
    throw new Error(`${address}:${port}: ${resumed} of ${requests} sessions were resumed, asked: ${kind}`);
  return { requests, seconds };
}
