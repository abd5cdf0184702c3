import { expect, test } from 'vitest';
import { compiled, drain, estate, host, intent, maintenance, server } from '../../compile/estate-fixture.ts';
import type { Address } from '../../model/address.ts';
import { metrics as catalogue } from './catalogue.ts';
import { Exposition, labels } from './exposition.ts';
import type { MetricsFacts, Surveyed } from './facts.ts';
import { Metrics } from './metrics.ts';
import { surveyedOf } from './surveyed-fixture.ts';

const ir = compiled();

function factsWith(over: Partial<MetricsFacts> = {}): MetricsFacts {
  return {
    version: '0.1.0',
    inService: {
      configuration: estate,
      ir,
      revision: 12,
      generation: 14,
      digest: '1a2b3c4d5e6f'.padEnd(64, '0'),
    },
    driftItems: 0,
    process: { processorTime: 1_500, memory: 90_000_000, startedAt: 500 },
    ...over,
  };
}

/** Facts that a test changes from one text to the next, and how often others had a turn. */
function metricsOf(facts: MetricsFacts) {
  const world = { facts, now: 0, pauses: 0 };
  const metrics = new Metrics({
    facts: () => world.facts,
    clock: { now: () => world.now },
    pause: async () => {
      world.pauses += 1;
    },
  });
  return { world, metrics, text: async () => (await metrics.text()).toString('utf8') };
}

async function linesOf(facts: MetricsFacts): Promise<string[]> {
  return (await metricsOf(facts).text()).split('\n');
}

test('every metric says what it is, and its samples stand beside each other', async () => {
  const surveyed = surveyedOf(ir, { at: 5_000, requests: 7 });
  const lines = await linesOf(factsWith({ surveyed }));
  expect(lines.slice(0, 3)).toEqual([
    '# HELP aorta_build_info The version of Aorta; always 1.',
    '# TYPE aorta_build_info gauge',
    'aorta_build_info{version="0.1.0"} 1',
  ]);
  expect(lines.at(-1)).toBe('');
  const names = lines.filter((line) => /^[a-z]/.test(line)).map((line) => /^\w+/.exec(line)?.[0]);
  const runs = names.filter((name, index) => name !== names[index - 1]);
  expect(new Set(runs).size).toBe(runs.length);
  for (const name of runs) expect(Object.keys(catalogue)).toContain(name);
  expect(lines).toContain('# TYPE aorta_service_answers_total counter');
  expect(lines).toContain('aorta_service_answers_total{service="live-apis",class="2xx"} 7');
  expect(lines).toContain('aorta_service_received_bytes_total{service="live-apps"} 2800');
  expect(lines).toContain('aorta_server_requests_total{service="live-apis",server="spare"} 7');
  expect(lines).toContain('aorta_server_response_time_seconds{service="live-apis",server="spare"} 0.012');
  expect(lines).toContain('aorta_survey_timestamp_seconds 5');
  expect(lines).toContain('aorta_revision 12');
  expect(lines).toContain('aorta_declaration_info{digest="1a2b3c4d5e6f"} 1');
  expect(lines).toContain('process_cpu_seconds_total 1.5');
});

test('what is in a label cannot end it', () => {
  expect(labels({ service: 'a"} 1\nb\\' })).toBe('{service="a\\"} 1\\nb\\\\"}');
  const out = new Exposition();
  out.add('aorta_service_servers', [[labels({ service: 'a"}\n' }), 1]]);
  out.add('aorta_drift_items', [['', undefined]]);
  expect(out.bytes().toString()).toBe(
    `# HELP aorta_service_servers ${catalogue.aorta_service_servers.help}\n# TYPE aorta_service_servers gauge\n` +
      'aorta_service_servers{service="a\\"}\\n"} 1\n',
  );
});

test('a server that is down, one that is drained and one in maintenance are told apart', async () => {
  const wished = compiled([intent(1, drain, host('api-1')), intent(2, maintenance, server('spare'))]);
  const surveyed = surveyedOf(wished, {
    at: 0,
    servers: {
      'live-apis.servers/api-1': { weight: 0 },
      'live-apis.servers/api-2': { operational: 'down' },
      'live-apis.servers/spare': { admin: 'maintenance', operational: 'no-check' },
    },
  });
  const facts = factsWith({ surveyed });
  const lines = await linesOf({
    ...facts,
    ...(facts.inService && { inService: { ...facts.inService, ir: wished } }),
  });
  const of = (metric: string) =>
    ['api-1', 'api-2', 'spare'].map((name) =>
      lines.find((line) => line.startsWith(`${metric}{service="live-apis",server="${name}"}`))?.slice(-1),
    );
  expect(of('aorta_server_up')).toEqual(['1', '0', '0']);
  expect(of('aorta_server_drained')).toEqual(['1', '0', '0']);
  expect(of('aorta_server_maintenance')).toEqual(['0', '0', '1']);
  expect(lines).toContain('aorta_service_servers{service="live-apis"} 3');
  expect(lines).toContain('aorta_service_servers_expected{service="live-apis"} 1');
  expect(lines).toContain('aorta_service_servers_serving{service="live-apis"} 0');
});

test('after a reload counters begin anew, and nothing is added to what an earlier worker counted', async () => {
  const { world, text } = metricsOf(factsWith({ surveyed: surveyedOf(ir, { at: 1_000, requests: 900 }) }));
  expect(await text()).toContain('aorta_service_requests_total{service="live-apis"} 900\n');
  world.facts = factsWith({ surveyed: surveyedOf(ir, { at: 2_000, requests: 3, workerPid: 3 }) });
  const after = await text();
  expect(after).toContain('aorta_service_requests_total{service="live-apis"} 3\n');
  expect(after).toContain('aorta_server_requests_total{service="live-apis",server="api-1"} 3\n');
  expect(after).toContain('aorta_haproxy_reloads_total 1\n');
});

test('a HAProxy that does not answer is 0, and nothing is made up about its servers', async () => {
  const surveyed: Surveyed = { at: 9_000 };
  const lines = await linesOf(factsWith({ surveyed }));
  expect(lines).toContain('aorta_haproxy_up 0');
  expect(lines).toContain('aorta_service_servers{service="live-apis"} 3');
  expect(
    lines.filter((line) => /^aorta_(server|service_servers_serving|service_requests)/.test(line)),
  ).toEqual([]);
  // Before it was asked for the first time, not even that is known.
  expect((await linesOf(factsWith())).filter((line) => line.startsWith('aorta_haproxy_up'))).toEqual([]);
});

test('addresses, certificates, changes: what is in service on this node', async () => {
  const address = '10.20.0.10' as Address;
  const facts = factsWith({
    node: 'lb-a' as NonNullable<MetricsFacts['node']>,
    lastChange: { at: 3_000, state: 'reverted' },
    confirmBy: 60_000,
    ownAddresses: new Set([address]),
  });
  const configuration = {
    ...estate,
    ha: {
      ...({ path: [], nodes: [], profile: 'fast', peersPort: 1 } as object),
      groups: [{ name: 'all', addresses: [address, '10.20.0.11'] }],
    },
    certificates: [{ name: 'live', material: { facts: { notAfter: 1_800_000_000_000 } } }],
  } as unknown as typeof estate;
  const lines = await linesOf({
    ...facts,
    ...(facts.inService && { inService: { ...facts.inService, configuration } }),
  });
  for (const line of [
    'aorta_node_info{node="lb-a"} 1',
    'aorta_address_held{group="all",address="10.20.0.10"} 1',
    'aorta_address_held{group="all",address="10.20.0.11"} 0',
    'aorta_certificate_expiry_timestamp_seconds{certificate="live"} 1800000000',
    'aorta_last_change_timestamp_seconds 3',
    'aorta_last_change_state{state="committed"} 0',
    'aorta_last_change_state{state="reverted"} 1',
    'aorta_confirm_before_timestamp_seconds 60',
  ])
    expect(lines).toContain(line);
});

test('a text is kept until HAProxy was asked again, or for ten seconds', async () => {
  const surveyed = surveyedOf(ir, { at: 1_000 });
  const { world, metrics } = metricsOf(factsWith({ surveyed }));
  const first = await metrics.text();
  world.facts = factsWith({ surveyed, driftItems: 1 });
  world.now = 9_999;
  expect(await metrics.text()).toBe(first);
  world.now = 10_000;
  expect((await metrics.text()).toString()).toContain('aorta_drift_items 1\n');
  world.facts = factsWith({ surveyed: surveyedOf(ir, { at: 2_000 }), driftItems: 2 });
  expect((await metrics.text()).toString()).toContain('aorta_drift_items 2\n');
});

test('who asks at the same time gets the same text, which is written once and lets others have their turn', async () => {
  const { world, metrics } = metricsOf(factsWith({ surveyed: surveyedOf(ir, { at: 1_000 }) }));
  const [one, two] = await Promise.all([metrics.text(), metrics.text()]);
  expect(two).toBe(one);
  expect(world.pauses).toBeGreaterThan(10);
});
