import type { Sizing } from '../compile/sizing.ts';
import { describeKey } from '../pki/facts.ts';
import type { CliContext } from './context.ts';

/** A figure, and why it is what it is. */
type Row = readonly [what: string, value: string, why: string];

/** What HAProxy gets of a machine and what it bears, a figure a line with its reason. */
export function sizingText(sizing: Sizing, { colors }: Pick<CliContext, 'colors'>): string {
  const { cores, memory } = sizing.machine;
  const head = `${colors.bold('a machine')} with ${count(cores)} ${cores === 1 ? 'core' : 'cores'} and ${amount(memory)}\n`;
  const rows = [...processRows(sizing), ...memoryRows(sizing), ...trafficRows(sizing)];
  return `${head}${rows.map(([what, value, why]) => `  ${what}: ${value}\n      ${colors.cyan(why)}\n`).join('')}`;
}

function processRows({ machine, threads, maxConnections, descriptors }: Sizing): Row[] {
  return [
    [
      'threads of HAProxy',
      count(threads),
      threads < machine.cores
        ? 'no more fit into one group; the other cores are left to everything else'
        : 'one for each core that it may use; it counts them itself at every start and reload',
    ],
    [
      'maxconn',
      count(maxConnections),
      'the sum of `maxConnections`, of redirects and of writes on the inner hop; it follows from the declaration, not from the machine',
    ],
    [
      'file descriptors',
      count(descriptors),
      'two for each connection, and those of listeners, servers and checks; a change is refused when the machine allows fewer',
    ],
  ];
}

function memoryRows({ memory, tlsSessions, machine }: Sizing): Row[] {
  const { connections, buffers, needed, others, room } = memory;
  const fits = needed <= machine.memory;
  return [
    ['memory for connections', amount(connections), 'at most: every one open, with TLS and tables'],
    ['memory for buffers', amount(buffers), 'at most: every one full; idle connections have none'],
    [
      'TLS session cache',
      `${count(tlsSessions)} sessions, ${amount(memory.tlsSessions)}`,
      'taken from the start; clients that resume with a ticket need none of it',
    ],
    [
      'memory in all',
      `at most ${amount(needed)}: ${fits ? 'fits' : 'does not fit'}`,
      fits
        ? `with ${amount(others)} for Debian and what runs beside HAProxy; socket buffers of the kernel come on top, and after a reload the old process keeps its connections until they end`
        : `with ${amount(others)} for Debian and what runs beside HAProxy; ${shareOf(room)} of \`maxConnections\` would fit`,
    ],
  ];
}

function trafficRows(sizing: Sizing): Row[] {
  const { healthChecks, key, newPerSecond, resumedPerSecond, requestsPerSecond, tlsToServers } = sizing;
  const busy = 'with every core wholly busy: plan with half of it';
  return [
    [
      'health checks',
      `${healthChecks < 0.01 ? 'less than 0.01' : healthChecks.toFixed(2)} of a core`,
      'by how many servers are asked how often; every machine of a pair does so',
    ],
    ...(key === undefined || newPerSecond === undefined || resumedPerSecond === undefined
      ? []
      : ([
          [
            'new TLS connections',
            rate(newPerSecond),
            `a certificate with a key of the kind ${describeKey(key)}; ${busy}`,
          ],
          ['resumed TLS connections', rate(resumedPerSecond), `TLS 1.3, whatever the key; ${busy}`],
        ] satisfies Row[])),
    [
      'requests on kept connections',
      rate(requestsPerSecond),
      `reads with answers of 2 KB, ${tlsToServers ? 'TLS to the servers' : 'plain HTTP to the servers'}; ${busy}`,
    ],
  ];
}

/** Two digits: prices are not known better. */
function rate(perSecond: number): string {
  return `about ${count(Number(perSecond.toPrecision(2)))} a second`;
}

function shareOf(room: number | undefined): string {
  return room === undefined || room < 0.01 ? 'nothing' : `${Math.floor(100 * room)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function amount(bytes: number): string {
  const mebibytes = bytes / 1_048_576;
  return mebibytes < 1_024 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1_024).toFixed(1)} GiB`;
}
