/**
 * How much memory HAProxy takes for connections that are open and idle, with the configuration that Aorta renders: TLS 1.3
 * with HTTP/1.1, then with HTTP/2, each in a HAProxy of its own and in a network of its own. Needs root.
 *
 *     node test/bench/idle.ts [--haproxy PROGRAM] [COUNT...]
 *
 * Where a process may not open so many files, it measures as many as it may, and says so. What is measured does not depend
 * on how busy the machine is, but for the memory of its kernel.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { outcomeOf } from '../../lab/scenario/outcome-of.ts';
import { descriptorLimit } from '../../src/dataplane/system/descriptors.ts';
import { type Footprint, fitting, protocols, slope } from './idle/footprint.ts';
import type { IdleReport } from './idle/room-main.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { haproxy: { type: 'string', default: 'haproxy' } },
});
const wanted = positionals.length === 0 ? [1_000, 5_000, 10_000, 20_000, 50_000] : positionals.map(Number);
const declared = Math.max(...wanted);
/** Listeners, connections to servers, and what a program opens for itself. */
const others = 500;
const most = (await descriptorLimit()) - others;
const counts = [...new Set(wanted.map((count) => Math.min(count, most)))];
if (most < declared) console.log(`not ${declared}: a process may open ${most + others} files here`);
const { stdout } = await promisify(execFile)(values.haproxy, ['-v']);
console.log(/version \S+/.exec(stdout)?.[0]);

const measured: Footprint[] = [];
await outcomeOf<void, IdleReport>(
  join(import.meta.dirname, 'idle', 'room-main.ts'),
  [values.haproxy, String(declared), ...counts.map(String)],
  (report, { done, failed }) => {
    if (report.kind === 'done') done();
    else if (report.kind === 'broken') failed(new Error(report.why));
    else {
      measured.push(report.footprint);
      console.error(`  ${report.footprint.protocol}: ${report.footprint.open} open`);
    }
  },
);

const mebibytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
for (const protocol of protocols) {
  const [one, ...rows] = measured.filter((row) => row.protocol === protocol);
  const last = rows.at(-1);
  if (one === undefined || last === undefined) throw new Error(`nothing was measured of ${protocol}`);
  const text = rows.map((row) => {
    const each = slope(one, row);
    return {
      connections: row.connections,
      open: row.open,
      PSS: mebibytes(row.proportional),
      RSS: mebibytes(row.resident),
      'KiB each (PSS)': each.proportional.toFixed(1),
      'of it pools': each.pools.toFixed(1),
      'kernel, both ends': each.kernel.toFixed(1),
    };
  });
  console.log(`${protocol}: ${mebibytes(one.proportional)} with one connection`);
  console.table(text);
  console.log(`1 GiB holds ${fitting(2 ** 30, one, last).toLocaleString('en')} of them`);
}
