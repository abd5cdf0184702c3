import { takeovers } from './holders.ts';
import type { Recording, Sample } from './recording.ts';
import { REQUEST_KINDS } from './request-kinds.ts';

const UUID_LENGTH = 36;

export type RequestClass = 'read' | 'write';

/** What a run comes to, in numbers. Warm-up requests are not among them. */
export interface Measures {
  readonly requests: number;
  readonly reads: ClassMeasures;
  readonly writes: ClassMeasures;
  /** The longest time from when a failed request was due to its end, in milliseconds; 0 without failures. */
  readonly longestFailure: number;
  /** The same of any request, whatever became of it. */
  readonly slowest: number;
  /** The longest time in which no request succeeded, in milliseconds. */
  readonly longestGap: number;
  /** The longest time from a fault to an answer by way of the other node; 0 when no address moved. */
  readonly longestTakeover: number;
  /** Writes that were carried out more than once. */
  readonly twice: Twice;
  /** Writes with a success that no server carried out: then the counting itself is wrong. */
  readonly invented: number;
  /** Sent again by a client because the protocol said that it was not looked at. */
  readonly again: number;
}

export interface ClassMeasures {
  readonly sent: number;
  readonly failed: readonly Sample[];
  readonly shed: number;
  /** Of successes, from when they were due, in milliseconds; 0 without any. */
  readonly p50: number;
  readonly p99: number;
}

export interface Twice {
  /** One attempt of a client that was carried out more than once. */
  readonly byBalancer: readonly string[];
  /** Carried out once for each of two attempts: the client was told that the first was not looked at. */
  readonly byClient: readonly string[];
}

/** The requests that count: those that were due after the warm-up. */
export function judged({ samples }: Recording): Sample[] {
  return samples.filter(({ due }) => due >= 0);
}

export function classOf({ kind }: Sample): RequestClass {
  return REQUEST_KINDS[kind];
}

export function measure(recording: Recording): Measures {
  const samples = judged(recording);
  const failed = samples.filter(({ outcome }) => outcome !== 'ok');
  return {
    requests: samples.length,
    reads: measureClass(samples.filter((one) => classOf(one) === 'read')),
    writes: measureClass(samples.filter((one) => classOf(one) === 'write')),
    longestFailure: failed.reduce((most, { due, end }) => Math.max(most, end - due), 0),
    slowest: samples.reduce((most, { due, end }) => Math.max(most, end - due), 0),
    longestGap: longestGap(samples, recording.duration),
    longestTakeover: takeovers(recording).reduce((most, { takeover }) => Math.max(most, takeover.answer), 0),
    twice: carriedOutTwice(recording.carriedOut),
    invented: invented(samples, recording.carriedOut),
    again: samples.reduce((sum, { again = 0 }) => sum + again, 0),
  };
}

function measureClass(samples: readonly Sample[]): ClassMeasures {
  const latencies = samples
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ due, end }) => end - due)
    .sort((a, b) => a - b);
  return {
    sent: samples.length,
    failed: samples.filter(({ outcome }) => outcome !== 'ok'),
    shed: samples.filter(({ outcome }) => outcome === 'shed').length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** @param sorted ascending @returns 0 for none */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** From the first moment to the last one in which requests were due. */
function longestGap(samples: readonly Sample[], duration: number): number {
  const ends = samples
    .filter(({ outcome, end }) => outcome === 'ok' && end <= duration)
    .map(({ end }) => end)
    .sort((a, b) => a - b);
  let before = 0;
  let longest = 0;
  for (const end of [...ends, duration]) {
    longest = Math.max(longest, end - before);
    before = end;
  }
  return longest;
}

/** @param lines `METHOD ID`; `ID.1` is the client's own second attempt */
function carriedOutTwice(lines: readonly string[]): Twice {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const [method = '', id = ''] = line.split(' ');
    if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') continue;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const byBalancer = [...counts].filter(([, count]) => count > 1).map(([id]) => id);
  const attempts = new Map<string, number>();
  for (const attempt of counts.keys()) {
    // One after a 401 was not carried out before: its mark is another.
    const id = attempt.split('.')[0] ?? attempt;
    attempts.set(id, (attempts.get(id) ?? 0) + 1);
  }
  const byClient = [...attempts].filter(([, count]) => count > 1).map(([id]) => id);
  return { byBalancer, byClient };
}

function invented(samples: readonly Sample[], lines: readonly string[]): number {
  const done = new Set(lines.map((line) => requestOf(line.split(' ')[1] ?? '')));
  return samples.filter((one) => classOf(one) === 'write' && one.outcome === 'ok' && !done.has(one.id))
    .length;
}

/** The request that an attempt belongs to: a client marks its further attempts behind the id. */
function requestOf(attempt: string): string {
  return attempt.slice(0, UUID_LENGTH);
}

/** Per thousand of what was sent, to one decimal; 0 for nothing. */
export function perThousand(count: number, sent: number): number {
  return sent === 0 ? 0 : Math.round((count / sent) * 10_000) / 10;
}
