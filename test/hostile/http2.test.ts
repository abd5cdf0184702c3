import { describe, expect, test } from 'vitest';
import { attack, expectNoDesync, workerOf } from './attack.ts';
import { expectedOf, type Found } from './expected.ts';
import { withHostileFront } from './front.ts';
import { abuseCases, manyCases, zeroWindow } from './http2-abuse.ts';
import type { Http2Case } from './http2-case.ts';
import { messageCases } from './http2-messages.ts';
import { shortTimes } from './short-times.ts';

const whole = process.env['AORTA_TEST_WHOLE'] === '1';
const all = [...messageCases, ...abuseCases];
const sample = all.filter((_, index) => whole || index % 8 === 0);

describe.each([
  ['offload', all],
  ['bridging', sample],
] as const)('hostile HTTP/2, %s', (tls, cases: readonly Http2Case[]) => {
  test('no server sees it, nobody else notices, and the worker lives', { timeout: 300_000 }, async () => {
    const found = await withHostileFront({ tls, timeouts: shortTimes }, async (front) => {
      await expectNoDesync(front, 'before');
      const worker = await workerOf(front);
      const findings: Found[] = [];
      for (const { name, bytes } of cases) {
        const outcome = await attack(front, bytes, 'h2').catch((error: Error) => error);
        findings.push(...expectedOf(`h2: ${name}`, outcome));
        await expectNoDesync(front, name).catch((error: Error) =>
          findings.push({ name, what: error.message }),
        );
      }
      // What is well-formed and too much: servers may see some of it, but nothing else.
      for (const { name, bytes } of [...manyCases, zeroWindow]) {
        const outcome = await attack(front, bytes, 'h2').catch((error: Error) => error);
        if (outcome instanceof Error) findings.push({ name, what: outcome.message });
        else {
          const { malformed, unfinished, arrived } = outcome;
          const strange = arrived.filter((one) => !/^(GET|POST) \/(reset|case)$/.test(one));
          if (malformed.length + unfinished.length + strange.length > 0)
            findings.push({ name, what: [...malformed, ...unfinished, ...strange].slice(0, 3).join() });
        }
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
