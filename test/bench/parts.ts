/**
 * What a request pays for: user instructions of HAProxy for a GET with 2 KB over a kept connection, each with a path that was
 * not asked for before, offload, and how many fewer there are without each part of the configuration that Aorta renders. Needs root.
 *
 *     node test/bench/parts.ts
 *
 * They are counted by valgrind in what HAProxy does with requests and answers as such (`process_stream`), TLS and connections
 * left out. Two runs differ by less than 0.1 %, however busy the machine is.
 */
import { join } from 'node:path';
import { outcomeOf } from '../../lab/scenario/outcome-of.ts';
import { alignedTable } from '../../scripts/docs/aligned-table.ts';
import { parts } from './price/parts.ts';
import type { PartsReport } from './price/parts-main.ts';

const counted = new Map<string, number>();
await outcomeOf<void, PartsReport>(
  join(import.meta.dirname, 'price', 'parts-main.ts'),
  [],
  (report, { done, failed }) => {
    if (report.kind === 'done') done();
    else if (report.kind === 'broken') failed(new Error(report.why));
    else {
      counted.set(report.name, report.instructions);
      console.error(`  ${Math.round(report.instructions)}  ${report.name}`);
    }
  },
);

const whole = counted.get('everything as it is') ?? Number.NaN;
const saved = ({ name }: { readonly name: string }) => whole - (counted.get(name) ?? Number.NaN);
const rows = parts.toSorted((a, b) => saved(b) - saved(a));
const byHand = counted.get('HAProxy by hand') ?? Number.NaN;
console.log(
  alignedTable(
    ['without', 'instructions', 'of the whole'],
    [
      ['nothing: everything as it is', inHundreds(whole), '1.00'],
      ['all that HAProxy by hand has not', `−${inHundreds(whole - byHand)}`, (byHand / whole).toFixed(2)],
      ...rows.map((part) => [
        ...[part.name, `−${inHundreds(saved(part))}`],
        (1 - saved(part) / whole).toFixed(2),
      ]),
    ],
  ),
);

function inHundreds(instructions: number): string {
  return (100 * Math.round(instructions / 100)).toLocaleString('en');
}
