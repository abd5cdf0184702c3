import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readNodeFile } from '../../src/declaration/node-file.ts';
import { metrics } from '../../src/observe/metrics/catalogue.ts';
import { blocksOf, pages } from '../guards/docs-pages.ts';
import { promtool } from '../harness/promtool.ts';

// Guards: the rules that a hospital copies from the page fire when they should, and are of metrics that there are.

const page = pages().find(({ file }) => file === 'docs/how-to/metrics.md')?.text ?? '';

function blockOf(info: string): string {
  const [block, ...others] = blocksOf(page).filter((one) => one.info === info);
  if (block === undefined || others.length > 0) throw new Error(`the page should have one block ${info}`);
  return block.text;
}

const rules = blockOf('yaml rules');
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aorta-rules-'));
  await writeFile(join(directory, 'aorta-rules.yml'), rules);
});
afterAll(() => rm(directory, { recursive: true }));

const nodes = ['lb-a', 'lb-b'];

/** Two nodes on which all is well; each sample with its values, one a minute, in the words of promtool. */
function well(): Map<string, string> {
  return new Map(
    nodes.flatMap((instance, index) => {
      const of = (name: string, labels = '') => `${name}{job="aorta",instance="${instance}"${labels}}`;
      const apis = ',service="live-apis"';
      return [
        [of('up'), '1x200'],
        [of('aorta_haproxy_up'), '1x200'],
        [of('aorta_survey_timestamp_seconds'), '0+60x200'],
        [of('aorta_service_servers_serving', apis), '2x200'],
        [of('aorta_service_servers_expected', apis), '2x200'],
        [of('aorta_service_answers_total', `${apis},class="2xx"`), '0+6000x200'],
        [of('aorta_service_answers_total', `${apis},class="5xx"`), '0+1x200'],
        [of('aorta_certificate_expiry_timestamp_seconds', ',certificate="live"'), '2592000x200'],
        [of('aorta_address_held', ',group="all",address="10.20.0.10"'), `${1 - index}x200`],
        [of('aorta_declaration_info', ',digest="1a2b"'), '1x200'],
      ] as const;
    }),
  );
}

/** Which alerts fire after two hours, each with one of its labels; nothing: none. */
async function expectFiring(
  change: Readonly<Record<string, string>>,
  firing: readonly string[],
): Promise<void> {
  const series = new Map([...well(), ...Object.entries(change)]);
  const file = join(directory, 'case.yml');
  const content = {
    rule_files: ['aorta-rules.yml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [...series]
          .filter(([, values]) => values !== '')
          .map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
            eval_time: '2h',
            exp_samples: firing.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
          },
        ],
      },
    ],
  };
  await writeFile(file, JSON.stringify(content));
  expect(await promtool(['test', 'rules', file])).toBeUndefined();
}

const of = (name: string, labels = '') => `${name}{job="aorta",instance="lb-a"${labels}}`;

test('promtool takes the rules and the configuration', async () => {
  expect(await promtool(['check', 'rules', join(directory, 'aorta-rules.yml')])).toBeUndefined();
  const file = join(directory, 'prometheus.yml');
  await writeFile(file, blockOf('yaml prometheus'));
  expect(await promtool(['check', 'config', file])).toBeUndefined();
  expect(await promtool(['check', 'rules', file])).toMatch(/^1: /);
});

test('the node file of the page is one', () => {
  expect(readNodeFile(blockOf('yaml node'), 'node.yaml')).toMatchObject({
    ok: true,
    value: { metrics: { port: 7444, from: ['10.20.9.50/32'] } },
  });
});

test('the page names no metric that there is not, and no alert that has no words', () => {
  const named = new Set(page.match(/\b(aorta|process)_[a-z0-9_]+\b/g));
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !(name in metrics))).toEqual([]);
  const { groups } = parse(rules) as { groups: { rules: { alert: string }[] }[] };
  const alerts = groups.flatMap((group) => group.rules.map(({ alert }) => alert));
  expect(alerts).toHaveLength(7);
  for (const alert of alerts) expect(page).toContain(`| \`${alert}\``);
});

test('nothing fires while all is well', () => expectFiring({}, []));

const apis = ',service="live-apis"';
const held = ',group="all",address="10.20.0.10"';

test.each<[string, Record<string, string>, string[]]>([
  [
    'no server serves',
    { [of('aorta_service_servers_serving', apis)]: '0x200' },
    ['AortaServiceDown', 'AortaServersMissing'],
  ],
  [
    'one server is missing',
    { [of('aorta_service_servers_serving', apis)]: '1x200' },
    ['AortaServersMissing'],
  ],
  [
    'one server is drained',
    {
      [of('aorta_service_servers_serving', apis)]: '1x200',
      [of('aorta_service_servers_expected', apis)]: '1x200',
    },
    [],
  ],
  ['a controller is gone', { [of('up')]: '0x200', [of('aorta_address_held', held)]: '' }, ['AortaUnwatched']],
  ['HAProxy does not answer', { [of('aorta_haproxy_up')]: '0x200' }, ['AortaUnwatched']],
  ['nobody asks HAProxy', { [of('aorta_survey_timestamp_seconds')]: '0x200' }, ['AortaUnwatched']],
  [
    'one answer in ten is 5xx',
    { [of('aorta_service_answers_total', `${apis},class="5xx"`)]: '0+700x200' },
    ['AortaAnswersFail'],
  ],
  [
    'one of two answers a minute is 5xx: too few to wake anybody',
    {
      [of('aorta_service_answers_total', `${apis},class="2xx"`)]: '0+1x200',
      [of('aorta_service_answers_total', `${apis},class="5xx"`)]: '0+1x200',
    },
    [],
  ],
  [
    'reloads are no failure',
    { [of('aorta_service_answers_total', `${apis},class="5xx"`)]: '0 1 0 1 0+0x200' },
    [],
  ],
  [
    'a certificate ends',
    { [of('aorta_certificate_expiry_timestamp_seconds', ',certificate="live"')]: '1200000x200' },
    ['AortaCertificateEnds'],
  ],
  ['nobody has an address', { [of('aorta_address_held', held)]: '0x200' }, ['AortaAddressNotHeldOnce']],
  [
    'two have it',
    { [of('aorta_address_held', held).replace('lb-a', 'lb-b')]: '1x200' },
    ['AortaAddressNotHeldOnce'],
  ],
  [
    'nodes differ',
    {
      [of('aorta_declaration_info', ',digest="1a2b"')]: '',
      [of('aorta_declaration_info', ',digest="ffff"')]: '1x200',
    },
    ['AortaNodesDiffer'],
  ],
])('%s', (_name, change, firing) => expectFiring(change, firing));
