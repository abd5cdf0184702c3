import { type Plan, planFor, siteNeed } from '../capacity/capacity.ts';
import { assumedCost, assumedLoad, assumedMachine } from '../capacity/load.ts';
import { prices } from '../capacity/prices.ts';
import { count, planHead, planRow } from '../capacity/rows.ts';
import { pageHead, table } from './markdown.ts';

const sizes = [1, 5, 25, 50, 100, 250, 500, 1_000];

/** How many machines 1 to 1,000 sites need, computed from what was measured and what is assumed. */
export function capacityPage(): string {
  const plans = sizes.map((sites) => assumed(sites));
  const { traffic, checks, memory } = siteNeed(assumedLoad);
  return [
    ...pageHead(
      'Capacity and cost',
      'How many machines one hospital needs, or a host of a thousand. Computed from prices, of which some are estimates, and from assumptions that are yours to replace: `npm run capacity -- --sites 40 --requests 80`, and `--help` for the rest.',
    ),
    '```mermaid',
    'xychart-beta',
    '  title "Machines (two to a pair) for a number of sites"',
    `  x-axis "sites" [${sizes.join(', ')}]`,
    '  y-axis "machines"',
    `  bar [${plans.map(({ pairs }) => 2 * pairs).join(', ')}]`,
    '```',
    '',
    '## Result',
    '',
    `With the assumptions below a site costs ${traffic.toFixed(4)} of a core for its traffic, ${checks.toFixed(4)} for its health checks and ${memory.toFixed(1)} MiB.`,
    '',
    ...table(planHead, plans.map(planRow)),
    '- **A pair** is two machines and one declaration: one holds all addresses, the other stands by. What a machine uses is what it uses then. Past one pair, more pairs: each with a declaration of its own, so that a mistake, a reload or a fault reaches the sites of one pair only.',
    '- **All in one declaration** is the other road: N machines in service and one more, by [address groups](how-to/active-active.md) or by [announcing the addresses to routers](how-to/scale-out.md). Every machine checks every server then, so it pays for itself only while checks are cheap: few sites with much traffic. For many sites take pairs.',
    '',
    '## What changes it most',
    '',
    ...table(
      ['For 250 sites', 'Pairs', 'Cost a month', 'Of a core a site: traffic', 'checks'],
      variants.map(([what, change, machine]) => {
        const load = { ...assumedLoad, ...change };
        const plan = assumed(250, load, { ...assumedMachine, ...machine });
        const need = siteNeed(load);
        return [what, count(plan.pairs), count(plan.cost), need.traffic.toFixed(4), need.checks.toFixed(4)];
      }),
    ),
    'Health checks over TLS twice a second are what finds a hanging server within 3.5 s. For one hospital they are cheap. Who serves many sets `checkInterval: 2s`, and a hang lasts 1.5 s longer; the API servers, which answer these checks from every machine, have less to do, too.',
    '',
    'Who serves many also lowers `maxConnections` of each site: HAProxy sets file descriptors aside for all that are allowed, and `aorta up` refuses when there are too few, with the number.',
    '',
    '## Assumptions',
    '',
    'Nobody publishes how much traffic a MEDITECH site has. These are round numbers, not measurements: put in your own.',
    '',
    ...table(
      ['Of a site, in its busiest minute', 'Assumed'],
      [
        ['requests a second', count(assumedLoad.requestsPerSecond)],
        ['of these on a new connection', percent(assumedLoad.newConnections)],
        ['of these resume a TLS session', percent(assumedLoad.resumed)],
        ['answers of 50 KB; the others have 2 KB', percent(assumedLoad.largeAnswers)],
        ['open connections', count(assumedLoad.openConnections)],
        ['API servers, each checked for both services', count(assumedLoad.servers)],
        ['`checkInterval`', `${assumedLoad.checkInterval} s`],
        ['certificate, TLS to the servers', 'ECDSA P-256, bridging'],
      ],
    ),
    ...table(
      ['Of a machine', 'Assumed'],
      [
        ['cores, memory', `${assumedMachine.cores}, ${assumedMachine.memory} GiB`],
        ['of the cores in use in the busiest minute', percent(assumedMachine.use)],
        ['of the memory in use at most', percent(0.8)],
        ['longest `haproxy -c`', '3 s'],
        [
          'a core a month, a GiB a month',
          `${assumedCost.core}, ${assumedCost.gib}; no price list, put in what you pay`,
        ],
      ],
    ),
    'All sites are taken to be busy in the same minute. Network, disk for logs, people, and the API servers are not counted.',
    '',
    '## Prices',
    '',
    'HAProxy 2.6 and OpenSSL 3.0, one core of a small virtual machine. A core of yours may differ by half, and what is estimated may, too: see how busy HAProxy is at a load that you know before you buy.',
    '',
    ...table(
      ['Price', 'Of', 'Known'],
      Object.values(prices).map(({ value, unit, of, known }) => [`${value} ${unit}`, of, known]),
    ),
  ].join('\n');
}

const variants: readonly [string, Partial<typeof assumedLoad>, Partial<typeof assumedMachine>?][] = [
  ['as assumed', {}],
  ['`checkInterval: 2s`', { checkInterval: 2 }],
  ['plain HTTP to the servers', { tls: 'offload' }],
  ['two API servers a site', { servers: 2 }],
  ['RSA-2048 in place of ECDSA', { key: 'rsa' }],
  ['every request on a new connection', { newConnections: 1 }],
  ['a tenth of the requests', { requestsPerSecond: 5 }],
  ['ten times the requests', { requestsPerSecond: 500 }],
  ['machines of 16 cores and 32 GiB', {}, { cores: 16, memory: 32 }],
];

function assumed(sites: number, load = assumedLoad, machine = assumedMachine): Plan {
  const plan = planFor(sites, load, machine, assumedCost);
  if (plan === undefined) throw new Error('one site is too much for the machine of the page');
  return plan;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
