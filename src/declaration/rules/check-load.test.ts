import { expect, test } from 'vitest';
import { readDraft } from '../draft.ts';
import { checkLoad } from './check-load.ts';

/** Services of four servers each, on shared machines. */
function services(count: number, type: 'https' | 'http', interval = '500ms') {
  const one = (index: number) => `
  service-${index}:
    hostnames: [s${index}.stelsewhere.example]
    listeners: [{ protocol: http, address: 10.20.0.${index}, port: 80 }]
    pool:
      trustedSegment: the server room
      servers:
        a: { address: 10.21.1.${index}, port: 443 }
        b: { address: 10.21.2.${index}, port: 443 }
        c: { address: 10.21.3.${index}, port: 443 }
        d: { address: 10.21.4.${index}, port: 443 }
      healthCheck: { type: ${type}, interval: ${interval} }`;
  const all = Array.from({ length: count }, (_, index) => one(index + 1)).join('');
  const draft = readDraft(`aorta: v1\nsite: many\nvirtualServices:${all}\n`, 'aorta.yaml');
  if (!draft.ok) throw new Error('the declaration of the test is wrong');
  expect(draft.value.findings).toEqual([]);
  return [...checkLoad(draft.value)];
}

test('few servers are asked as often as one likes', () => {
  expect(services(2, 'https')).toEqual([]);
  expect(services(20, 'http')).toEqual([]);
});

test('who has many services is told what their checks take, and where the dearest are', () => {
  // 60 services of 4 servers, twice a second: 480 a second of 0.83 ms each.
  const [finding, ...others] = services(60, 'https');
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ code: 'checks-costly', severity: 'advice' });
  expect(finding?.what).toBe(
    'the servers are asked 480 times a second in all, which takes about 0.4 of a core on each node',
  );
  expect(finding?.mend).toContain('`checkInterval`');
});

test('nothing is said when they are asked less often', () => {
  expect(services(60, 'https', '2s')).toEqual([]);
});
