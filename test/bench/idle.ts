/**
 * How much memory HAProxy takes for connections that are open and idle, with the configuration that Aorta renders: TLS 1.3
 * with HTTP/1.1, then with HTTP/2, each in a HAProxy of its own and in a network of its own. Needs root.
 *
 *     node test/bench/idle.ts [--haproxy PROGRAM]... [COUNT...]
 *
 * Where a process may not open so many files, it measures as many as it may, and says so. What is measured does not depend
 * on how busy the machine is, but for the memory of its kernel.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { outcomeOf } from '../../lab/scenario/outcome-of.ts';
import { alignedTable } from '../../scripts/docs/aligned-table.ts';
import { haproxyBinaries } from '../../scripts/haproxy3.ts';
import { descriptorLimit } from '../../src/dataplane/system/descriptors.ts';
import { type Footprint, fitting, protocols, slope } from './idle/footprint.ts';
import type { IdleReport } from './idle/room-main.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { haproxy: { type: 'string', multiple: true } },
});
const wanted = positionals.length === 0 ? [1_000, 5_000, 10_000, 20_000, 50_000] : positionals.map(Number);
const declared = Math.max(...wanted);
/** Listeners, connections to servers, and what a program opens for itself. */
const others = 500;
const most = (await descriptorLimit()) - others;
const counts = [...new Set(wanted.map((count) => Math.min(count, most)))];
/** What memory is asked about: so many connections, and so much memory. */
const asked = { connections: 50_000, bytes: 2 ** 30 } as const;

const rows: string[][] = [];
const binaries = values.haproxy ?? (await haproxyBinaries()).map(({ path }) => path);
for (const binary of binaries) rows.push(...rowsOf(await versionsOf(binary), await measure(binary)));
if (most < declared)
  console.log(
    `A process may open ${(most + others).toLocaleString('en')} files here, so what is beyond ${most.toLocaleString('en')} connections is read off the line from the first one to these.\n`,
  );
console.log(
  alignedTable(
    [
      ...['HAProxy, OpenSSL', 'protocol', 'one', ...counts.map((count) => count.toLocaleString('en'))],
      ...['each, KiB', 'of it HAProxy’s own', 'kernel, both ends'],
      `${asked.connections.toLocaleString('en')}, by the line`,
      `${asked.bytes / 2 ** 30} GiB holds, by the line`,
    ],
    rows,
  ),
);

async function measure(binary: string): Promise<Footprint[]> {
  const measured: Footprint[] = [];
  await outcomeOf<void, IdleReport>(
    join(import.meta.dirname, 'idle', 'room-main.ts'),
    [binary, String(declared), ...counts.map(String)],
    (report, { done, failed }) => {
      if (report.kind === 'done') done();
      else if (report.kind === 'broken') failed(new Error(report.why));
      else {
        measured.push(report.footprint);
        console.error(`  ${report.footprint.protocol}: ${report.footprint.open} open`);
      }
    },
  );
  return measured;
}

function rowsOf(versions: string, measured: readonly Footprint[]): string[][] {
  return protocols.map((protocol) => {
    const points = measured.filter((row) => row.protocol === protocol);
    const [one, last] = [points[0], points.at(-1)];
    if (one === undefined || last === undefined) throw new Error(`nothing was measured of ${protocol}`);
    const short = points.find(({ connections, open }) => open < connections);
    if (short !== undefined) throw new Error(`${short.open} of ${short.connections} were open: ${protocol}`);
    const each = slope(one, last);
    const all = one.proportional + each.proportional * 1_024 * asked.connections;
    return [
      ...[versions, protocol === 'http1' ? 'HTTP/1.1' : 'HTTP/2'],
      ...points.map(({ proportional }) => mebibytes(proportional)),
      ...[each.proportional, each.pools, each.kernel].map((kibibytes) => kibibytes.toFixed(1)),
      ...[mebibytes(all), (100 * Math.round(fitting(asked.bytes, one, last) / 100)).toLocaleString('en')],
    ];
  });
}

async function versionsOf(binary: string): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, ['-vv']);
  const haproxy = /HAProxy version ([\d.]+)/.exec(stdout)?.[1];
  const openssl = /Running on OpenSSL version : OpenSSL ([\d.]+)/.exec(stdout)?.[1];
  return `${haproxy}, ${openssl}`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;
}
