import { type Metric, metrics } from '../../src/observe/metrics/catalogue.ts';
import { code, pageHead, table } from './markdown.ts';

const sections = [
  {
    title: 'Services',
    begins: 'aorta_service_',
    lead: 'One line for each service, and of `aorta_service_answers_total` one for each class: `1xx`, `2xx`, `3xx`, `4xx`, `5xx`, `other`. What clients see, summed over the listeners that serve.',
  },
  {
    title: 'Servers',
    begins: 'aorta_server_',
    lead: 'One line for each server of each service: a machine behind two services has two. A server that HAProxy does not have yet has none.',
  },
  {
    title: 'The controller',
    begins: 'process_',
    lead: 'The process that decides, through which no request passes. Names are those that Prometheus gives any process.',
  },
  {
    title: 'The node',
    begins: '',
    lead: 'HAProxy as a whole, what is in service, and what this machine holds.',
  },
] as const;

/** Every metric, from the table that they are written by. */
export function metricsPage(): string {
  const all: readonly (readonly [string, Metric])[] = Object.entries(metrics);
  const sectionOf = (name: string) => sections.find(({ begins }) => name.startsWith(begins));
  return [
    ...pageHead(
      'Metrics',
      'What `aorta metrics` prints and Prometheus reads, in its text format 0.0.4. How to switch it on, and what to alert on: [metrics](../how-to/metrics.md).',
    ),
    ...sections
      .toSorted((a, b) => a.begins.localeCompare(b.begins))
      .flatMap((section) => [
        `## ${section.title}`,
        '',
        section.lead,
        '',
        ...table(
          ['Metric', 'Type', 'Labels', 'Means'],
          all
            .filter(([name]) => sectionOf(name) === section)
            .map(([name, { type, labels, help }]) => [
              code(name),
              type,
              labels.map((label) => code(label)).join(', '),
              help,
            ]),
        ),
      ]),
    ...remarks,
  ].join('\n');
}

const remarks = [
  '## What the numbers are worth',
  '',
  '- **How old.** HAProxy is not asked for a scrape. The controller asks it about once a second anyway, of thousands of servers every few seconds, and a scrape gets what was said last; two scrapes in between get the same text. `aorta_survey_timestamp_seconds` says how old it is. It is a time and not an age, so that it stays true while nobody asks: `time() - aorta_survey_timestamp_seconds`. Everything else is as of that moment too, and at most 10 s older than the scrape. While HAProxy is told of a change it is not asked.',
  '- **Reloads.** Each reload starts a worker that counts from 0. Prometheus takes that for a reset, so `rate()` and `increase()` go on. What is lost: requests that the old worker ends after the reload, those between the last survey and the reload, and the first ones of the new worker when it has counted more than the old one before the next scrape. After a reload of a busy service rates are too low for a moment, never too high.',
  '- **Answers and requests.** A request is counted when it has come, an answer when it has ended; one that HAProxy cannot read gets 400 and counts as both. Bytes are counted at the end, too, so those of a long stream come all at once. A write that takes the [hop inside HAProxy](../adr/0018-writes-take-an-inner-hop.md) is one request.',
  '- **Tries.** A request that is tried again counts at each server that it was given to, and once for the service. No single counter of a server moves for all kinds of failure: a refused connection is a redispatch, a reset an answer error, a 503 that was tried elsewhere a retry ([measured](../adr/0023-live-traffic-as-evidence.md)). Look at all of them together.',
  '- **Response times** are the sliding mean that HAProxy keeps, in whole milliseconds. It forgets slowly: after 100 slow answers it shows a fifth of the truth, and a server without traffic keeps its last value. Good for a picture, not for an alert. There is no mean of the time in the queue: `aorta_service_queued_requests` says what waits now.',
  '- **Changes.** `aorta_last_change_state` is about changes that were accepted. One that was refused touched nothing, and is in no metric.',
  '- **Several nodes.** Each node tells of itself; sum over nodes in Prometheus. Where all nodes announce all addresses there is no `aorta_address_held`, because it would be 1 everywhere.',
  '',
  '## What is in labels',
  '',
  'Names of the declaration: services, servers, hosts, groups, certificates; the name of the node; virtual addresses; versions; 12 digits of a digest. No path, no client, no address of a server, no file, nothing of a request. Values are escaped all the same.',
  '',
  'So there is one line for each of these names and no more: 18 for a service, one more where it redirects, and 13 for a server, and with 10,000 servers in 2,500 services 11 MB a scrape.',
];
