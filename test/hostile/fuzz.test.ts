import { expect, test } from 'vitest';
import { attack, expectNoDesync, workerOf } from './attack.ts';
import { withHostileFront } from './front.ts';
import { get, host, post } from './http1-case.ts';
import { headers, open, pseudo } from './http2-case.ts';
import { shortTimes } from './short-times.ts';

const whole = process.env['AORTA_TEST_WHOLE'] === '1';
/** Fixed, so that a failure comes again. */
const seed = 20_260_401;

const good = [
  get(['Accept: application/fhir+json', 'X-A: b']),
  post(['Content-Length: 12', 'Content-Type: application/json'], '{"a":"bcde"}'),
  post(['Transfer-Encoding: chunked'], '5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n'),
  get([]) + post(['Content-Length: 3'], 'abc') + get(['Connection: close']),
];
const goodHttp2 = [
  open('', headers(1, [...pseudo(), ['x-a', 'b']])).bytes,
  open('', headers(1, [...pseudo('/case', 'POST'), ['content-length', '0']]), headers(3, pseudo())).bytes,
];
/** What makes the difference between two readers. */
const spice = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\x00',
    '\x0b',
    '\x7f',
    ' ',
    '\t',
    ':',
    ',',
    ';',
    '0',
    '-',
    '+',
    '\xff',
  ],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 3\r\n',
    `${host}\r\n`,
    'chunked',
    'HTTP/1.0',
    '\r\n ',
  ],
  ...['Connection: close\r\n', 'http://', '#', '@', '%00', '0\r\n\r\n'],
];

test('mutations of good requests reach a server only as requests that a strict reader takes', {
  timeout: 600_000,
}, async () => {
  const found = await withHostileFront({ tls: 'offload', timeouts: shortTimes }, async (front) => {
    const random = randomFrom(seed);
    const findings: string[] = [];
    const worker = await workerOf(front);
    const rounds = whole ? 400 : 25;
    let arrived = 0;
    for (let round = 0; round < rounds; round += 1) {
      const batch = Array.from({ length: 16 }, (_, index) => {
        const source = index % 4 === 3 ? pick(goodHttp2, random).toString('latin1') : pick(good, random);
        return { bytes: mutated(source, random), protocol: index % 4 === 3 ? 'h2' : 'http/1.1' } as const;
      });
      const before = front.servers.map(({ malformed }) => malformed.length);
      const outcomes = await Promise.all(
        batch.map(({ bytes, protocol }) => attack(front, bytes, protocol, 'half-closed')),
      );
      arrived = outcomes.reduce((sum, outcome) => sum + outcome.arrived.length, arrived);
      const malformed = front.servers.flatMap((server, index) => server.malformed.slice(before[index]));
      // Trailers are a known limit, see the table of what is repaired.
      findings.push(...malformed.filter((what) => !what.startsWith('trailer')));
      await expectNoDesync(front, `round ${round}`).catch((error: Error) => findings.push(error.message));
    }
    expect(await workerOf(front)).toBe(worker);
    // Else the mutations would be so wild that they prove nothing.
    expect(arrived).toBeGreaterThan(rounds);
    return findings;
  });
  expect(found).toEqual([]);
});

function mutated(text: string, random: () => number): string {
  let result = text;
  for (let count = 1 + Math.floor(random() * 3); count > 0; count -= 1) {
    const at = Math.floor(random() * result.length);
    const length = 1 + Math.floor(random() * 4);
    const [before, after] = [result.slice(0, at), result.slice(at)];
    switch (Math.floor(random() * 4)) {
      case 0:
        result = before + pick(spice, random) + after;
        break;
      case 1:
        result = before + after.slice(length);
        break;
      case 2:
        result = before + pick(spice, random) + after.slice(length);
        break;
      default:
        result = before + after.slice(0, length) + after;
    }
  }
  return result;
}

function pick<T>(from: readonly T[], random: () => number): T {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}

/** Numbers from 0 to 1 (mulberry32), the same for the same seed. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
