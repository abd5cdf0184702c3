/**
 * What is dear: processor time of HAProxy, user and system, for what a declaration can bring about, and for what is not
 * offered for its price, each beside its cheap twin. What `src/model/dear.ts` tells operators is held against it.
 *
 *     node test/bench/dear.ts [--rounds 7] [PART OF A NAME]...
 *
 * It needs root and gcc. Ratios hold beside other work, microseconds do not.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outcomeOf } from '../../lab/scenario/outcome-of.ts';
import { alignedTable } from '../../scripts/docs/aligned-table.ts';
import { dear, timesText } from '../../src/model/dear.ts';
import type { Found } from './dear/found.ts';
import type { DearReport } from './dear/room-main.ts';

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '7' } },
  allowPositionals: true,
});
/** As much may a measurement be beside what is told: machines differ, and operators need to know what is worth a change. */
const tolerance = 1.25;

const measured: Found[] = [];
await outcomeOf<void, DearReport>(
  join(import.meta.dirname, 'dear', 'room-main.ts'),
  [values.rounds, ...positionals],
  (report, { done, failed }) => {
    if (report.kind === 'done') done();
    else if (report.kind === 'broken') failed(new Error(report.why));
    else {
      measured.push(report.found);
      console.error(`  ${report.found.ratio.median.toFixed(2)}  ${report.found.name}`);
    }
  },
);
console.log(
  alignedTable(
    ['dear', 'HAProxy', 'times', 'quartiles', 'cheap µs', 'dear µs', 'operators are told'],
    // The dearest first.
    measured
      .toSorted((a, b) => b.ratio.median - a.ratio.median)
      .map(({ name, bare, told, cheap, dear: cost, ratio }) => [
        ...[name, bare ? 'bare' : 'as rendered', ratio.median.toFixed(2)],
        `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}`,
        ...[cheap.toFixed(0), cost.toFixed(0), told === undefined ? '' : judged(told, ratio.median)],
      ]),
  ),
);

function judged(told: keyof typeof dear, times: number): string {
  const { least, most } = dear[told];
  const fits = times >= least / tolerance && times <= most * tolerance;
  return fits ? timesText(dear[told]) : `${timesText(dear[told])}: **not so here**`;
}
