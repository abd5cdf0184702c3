import { expect, test } from 'vitest';
import { readDraft } from '../draft.ts';
import { checkLoad } from './check-load.ts';

/** Hospitals of four API servers each, on shared machines. */
function hospitals(count: number, tls: 'bridging' | 'offload', checkInterval = '500ms') {
  const one = (index: number) => `
  site-${index}:
    blueprint: meditech/restful-api
    deployment: recommended
    tls: ${tls}
    checkInterval: ${checkInterval}
    apis: { hostname: api${index}.stelsewhere.example, address: 10.20.0.${index}, certificate: all }
    apps: { hostname: app${index}.stelsewhere.example, address: 10.20.1.${index}, certificate: all }
    apiServers: { a-${index}: 10.21.1.${index}, b-${index}: 10.21.2.${index}, c-${index}: 10.21.3.${index}, d-${index}: 10.21.4.${index} }
    ${tls === 'bridging' ? 'backendTrust: { ca: ca.pem }' : 'trustedSegment: the server room'}`;
  const all = Array.from({ length: count }, (_, index) => one(index + 1)).join('');
  const draft = readDraft(
    `aorta: v1\nsite: many\ncertificates: { all: { pem: all.pem } }\nservices:${all}\n`,
    'aorta.yaml',
  );
  if (!draft.ok) throw new Error('the declaration of the test is wrong');
  return [...checkLoad(draft.value)];
}

test('a hospital is asked as often as it likes', () => {
  expect(hospitals(1, 'bridging')).toEqual([]);
  expect(hospitals(10, 'offload')).toEqual([]);
});

test('a machine of many hospitals is told what their checks take, and where the dearest are', () => {
  // 30 sites, 4 servers, 2 services, twice a second: 480 a second of 0.83 ms each.
  const [finding, ...others] = hospitals(30, 'bridging');
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ code: 'checks-costly', severity: 'advice' });
  expect(finding?.what).toBe(
    'the servers are asked 480 times a second in all, which takes about 0.4 of a core on each node',
  );
  expect(finding?.mend).toContain('`checkInterval`');
});

test('nothing is said when they are asked less often', () => {
  expect(hospitals(30, 'bridging', '2s')).toEqual([]);
});
