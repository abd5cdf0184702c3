import { describe, expect, test } from 'vitest';
import { attack, expectNoDesync, workerOf } from './attack.ts';
import { expectedOf, type Found } from './expected.ts';
import { withHostileFront } from './front.ts';
import type { HostileCase } from './http1-case.ts';
import { framingCases } from './http1-framing.ts';
import { syntaxCases } from './http1-syntax.ts';
import { shortTimes } from './short-times.ts';

const whole = process.env['AORTA_TEST_WHOLE'] === '1';
const all = [...framingCases, ...syntaxCases];
const sample = (every: number) => all.filter((_, index) => whole || index % every === 0);

test('every case has a name of its own', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

// Guards: control characters reached servers, and four such requests took a sound pool out; CONNECT opened a tunnel.
describe.each([
  ['offload', all],
  ['bridging', sample(8)],
] as const)('malformed HTTP/1.1, %s', (tls, cases: readonly HostileCase[]) => {
  test('no server sees it, nobody else notices, and the worker lives', { timeout: 300_000 }, async () => {
    const found = await withHostileFront({ tls, timeouts: shortTimes }, async (front) => {
      await expectNoDesync(front, 'before');
      const worker = await workerOf(front);
      const findings: Found[] = [];
      for (const { name, bytes } of cases) {
        const outcome = await attack(front, bytes).catch((error: Error) => error);
        findings.push(...expectedOf(name, outcome));
        await expectNoDesync(front, name).catch((error: Error) =>
          findings.push({ name, what: error.message }),
        );
      }
      expect(await workerOf(front)).toBe(worker);
      expect(await front.haproxy.messages()).not.toMatch(/is DOWN/);
      return findings;
    });
    expect(found).toEqual([]);
  });
});

test('malformed HTTP/1.1 on the port that redirects: no server sees it', { timeout: 300_000 }, async () => {
  const found = await withHostileFront({ tls: 'offload', timeouts: shortTimes }, async (front) => {
    const findings: Found[] = [];
    for (const { name, bytes } of sample(8)) {
      const outcome = await attack(front, bytes, 'plain').catch((error: Error) => error);
      if (outcome instanceof Error) findings.push({ name, what: outcome.message });
      else if (outcome.arrived.length > 0) findings.push({ name, what: outcome.arrived.join() });
    }
    await expectNoDesync(front, 'after');
    return findings;
  });
  expect(found).toEqual([]);
});
